// The Cpu and Reference backends with their kernels. Target skald::cpu.
#pragma once
#include "skald/backend/cpu.hpp"
#include "skald/backend/reference.hpp"
#include "skald/ops/cpu/kernels.hpp"
#include "skald/ops/reference/kernels.hpp"
