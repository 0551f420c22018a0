// What most tests include, read once. Nothing of skald: each test includes what it uses.
#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <rapidjson/reader.h>
#include <sstream>
#include <string>
#include <thread>
#include <variant>
#include <vector>
#include <xsimd/xsimd.hpp>
