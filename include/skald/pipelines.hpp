// All pipelines; each is in a header of its own too. Target skald::skald.
#pragma once
#include "skald/pipelines/cross_encoder.hpp"
#include "skald/pipelines/feature_extraction.hpp"
#include "skald/pipelines/fill_mask.hpp"
#include "skald/pipelines/question_answering.hpp"
#include "skald/pipelines/reply.hpp"
#include "skald/pipelines/sentence_similarity.hpp"
#include "skald/pipelines/sentence_transformer.hpp"
#include "skald/pipelines/text2text_generation.hpp"
#include "skald/pipelines/text_classification.hpp"
#include "skald/pipelines/text_generation.hpp"
#include "skald/pipelines/token_classification.hpp"
#include "skald/pipelines/zero_shot_classification.hpp"
