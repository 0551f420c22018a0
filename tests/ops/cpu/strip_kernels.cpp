#include "skald/ops/cpu/strip_kernels.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <memory>

#include "ops/linear_cases.hpp"
#include "skald/ops/reference/llm_int8.hpp"
#include "support/guarded.hpp"

BOOST_AUTO_TEST_SUITE(ops_cpu_strip_kernels)

using namespace skald;

namespace {

/// Copies of tensors, each at the end of a page.
class Pages {
 public:
  const std::byte* keep(const void* from, index_t size) {
    if (!from) return nullptr;
    all_.push_back(std::make_unique<support::Guarded>(from, std::size_t(size)));
    return all_.back()->data();
  }

 private:
  std::vector<std::unique_ptr<support::Guarded>> all_;
};

DenseParts guarded(Pages& pages, DenseParts p, index_t rows, index_t cols, index_t size) {
  p.data = pages.keep(p.data, rows * cols * size);
  return p;
}
Int8Parts guarded(Pages& pages, Int8Parts p, index_t rows, index_t cols, index_t) {
  p.codes = pages.keep(p.codes, rows * cols);
  p.row_absmax = pages.keep(p.row_absmax, rows * 4);
  return p;
}
FourBitParts guarded(Pages& pages, FourBitParts p, index_t rows, index_t cols, index_t) {
  const index_t blocks = (rows * cols + p.block - 1) / p.block;
  p.codes = pages.keep(p.codes, (rows * cols + 1) / 2);
  p.book = pages.keep(p.book, 64);
  p.absmax = pages.keep(p.absmax, p.nested_absmax ? blocks : blocks * 4);
  p.nested_absmax = pages.keep(p.nested_absmax, (blocks + p.nested_block - 1) / p.nested_block * 4);
  p.nested_book = pages.keep(p.nested_book, 1024);
  return p;
}

template <class P>
index_t size_of() {
  if constexpr (requires { typename P::element; }) return index_t(sizeof(typename P::element));
  return 0;
}

/// What is stored: even numbers; blocks of very different sizes, some of zeros; the smallest there are; the largest.
enum class Numbers { even, uneven, tiny, huge };

std::vector<float> numbers(Numbers kind, index_t n, unsigned seed) {
  std::vector<float> values = support::numbers(n, seed);
  for (std::size_t i = 0; i < values.size(); ++i) {
    constexpr float scales[] = {1.0f, 0.0f, 1e-3f, 300.0f, 1e-7f};
    if (kind == Numbers::uneven) values[i] *= scales[(i / 64 + i / 500) % 5];
    if (kind == Numbers::tiny) values[i] *= 1e-6f;
    if (kind == Numbers::huge) values[i] *= 6e4f;
  }
  return values;
}

template <class P>
struct Case {
  Pages pages;
  typename P::Parts parts;
  std::vector<float> weights;  // [out, in]
  index_t in, out;
};

/// Rows of x at the end of a page, packed as the kernel wants them.
template <class P>
struct X {
  X(const StripKernel<P>& kernel, const std::vector<float>& values, index_t rows, index_t in)
      : guarded(values.data(), std::size_t(rows * in) * sizeof(float)), packed(std::size_t(rows) * stride(kernel, in)) {
    auto* const data = reinterpret_cast<float*>(guarded.data());
    all = {MatrixView<Host>(data, rows, in), packed.data(), stride(kernel, in)};
    if (kernel.pack)
      for (index_t i = 0; i < rows; ++i)
        kernel.pack(data + i * in, in, packed.data() + std::size_t(i) * all.packed_stride);
  }
  static std::size_t stride(const StripKernel<P>& kernel, index_t in) {
    return kernel.packed_bytes ? (kernel.packed_bytes(in) + 63) / 64 * 64 : 0;
  }
  StripRows some(index_t first, index_t n) const {
    return {MatrixView<Host>(all.x.row(first), n, all.x.cols), all.packed + std::size_t(first) * all.packed_stride,
            all.packed_stride};
  }
  support::Guarded guarded;
  support::Bytes packed;
  StripRows all;
};

/// Sums near those in double, of numbers rounded to what is computed in; the same bits whatever the
/// rows beside one and wherever strips are cut.
template <class P>
void check_kernel(const CpuFeatures& features, const Case<P>& c, const std::vector<float>& exact) {
  constexpr index_t most = StripTuning::rows;
  const StripKernel<P> kernel = detail::strip_kernel(std::type_identity<P>{}, c.parts, c.in, features);
  BOOST_REQUIRE_MESSAGE(kernel, P::name << " [" << c.out << ", " << c.in << "] on " << name(features));
  std::vector<float> values = exact;
  const ComputeType compute = detail::compute_type_of(c.parts);
  if (compute != ComputeType::fp32)
    for (index_t i = 0; i < most; ++i)
      detail::round_inputs(compute, exact.data() + i * c.in, c.in, values.data() + i * c.in);
  const X<P> x(kernel, kernel.pack_rounds ? exact : values, most, c.in);
  std::vector<float> y(std::size_t(most * c.out), 7.0f);
  for (index_t i = 0; i < most; ++i)
    kernel.multiply(c.parts, x.some(i, 1), 0, c.out, MatrixView<Host>(y.data() + i * c.out, 1, c.out));
  for (index_t i = 0; i < most; ++i)
    for (index_t o = 0; o < c.out; ++o) {
      double sum = 0, size = 0;
      for (index_t k = 0; k < c.in; ++k) {
        const double product = double(c.weights[std::size_t(o * c.in + k)]) * values[std::size_t(i * c.in + k)];
        sum += product;
        size += std::abs(product);
      }
      const float got = y[std::size_t(i * c.out + o)];
      BOOST_REQUIRE_MESSAGE(std::abs(got - sum) <= test::sum_tolerance(c.in) * size + 1e-36,
                            P::name << " [" << c.out << ", " << c.in << "] on " << name(features) << ": y(" << i << ", "
                                    << o << ") is " << got << ", not " << sum);
    }
  for (index_t n = 2; n <= most; ++n) {
    std::vector<float> together(std::size_t(n * c.out), 7.0f);
    const MatrixView<Host> to(together.data(), n, c.out);
    const index_t cut = n * 5 % c.out, cut2 = cut + (c.out - cut) / 2;
    const StripRows rows = x.some(most - n, n);
    kernel.multiply(c.parts, rows, cut, cut2, to);
    kernel.multiply(c.parts, rows, 0, cut, to);
    kernel.multiply(c.parts, rows, cut2, c.out, to);
    BOOST_REQUIRE_MESSAGE(std::memcmp(together.data(), y.data() + (most - n) * c.out, together.size() * 4) == 0,
                          P::name << " [" << c.out << ", " << c.in << "] on " << name(features) << ", rows " << n);
  }
}

template <class P>
Case<P> case_of(ComputeType compute, index_t in, index_t out, Numbers kind, const RowMap& map = {},
                index_t stored = 0) {
  stored = stored ? stored : out;
  const support::Encoded<P> matrix(numbers(kind, in * stored, unsigned(in + 77 * out)), stored, in);
  typename P::Parts parts = matrix.parts();
  if constexpr (requires { parts.compute; }) parts.compute = compute;
  const detail::ProductParts<typename P::Parts> met(parts);
  Case<P> c{{}, {}, support::picked(support::decoded<P>(met.parts, stored, in), in, map, out), in, out};
  c.parts = guarded(c.pages, met.parts, stored, in, size_of<P>());
  c.parts.rows = map;
  return c;
}

/// Every level that this machine has, and AVX2 without what came later, AVX-512 with all that there is.
template <class F>
void for_levels(F&& f) {
  CpuFeatures before;
  for (const auto level : {InstructionSet::neon, InstructionSet::avx2, InstructionSet::avx512, InstructionSet::best}) {
    const CpuFeatures features = CpuFeatures::detect(level);
    if (!(features == before)) f(features);
    if (features.avx_vnni && !features.avx512) {
      CpuFeatures older = features;
      older.avx_vnni = false;
      f(older);
    }
    if (features.avx512_bf16 && !features.fast_bf16_pairs) {
      CpuFeatures all = features;
      all.fast_bf16_pairs = true;
      f(all);
    }
    before = features;
  }
}

template <class P>
void check_shapes(std::initializer_list<index_t> ins, ComputeType compute = ComputeType::fp32) {
  for_levels([&](const CpuFeatures& features) {
    for (const index_t in : ins)
      for (const index_t out : {1, 3, 16, 37}) {
        if (in > 2000 && out > 16) continue;
        const std::vector<float> x = support::numbers(StripTuning::rows * in, unsigned(in));
        for (const Numbers kind : {Numbers::even, Numbers::uneven, Numbers::tiny, Numbers::huge})
          check_kernel<P>(features, case_of<P>(compute, in, out, kind), x);
        std::vector<float> steep = x;  // an outlier among rows of it
        for (index_t i = 0; i < StripTuning::rows; ++i) steep[std::size_t(i * in + in * i / 9)] = 1e4f;
        check_kernel<P>(features, case_of<P>(compute, in, out, Numbers::even), steep);
        check_kernel<P>(features,
                        case_of<P>(compute, in, out, Numbers::even, RowMap{2, 3, 5}, 2 + (out + 2) / 3 * 5), x);
      }
  });
}

template <class P>
void check_any_length(ComputeType compute = ComputeType::fp32) {
  check_shapes<P>({1, 3, 15, 16, 17, 31, 63, 64, 65, 100, 129, 255, 1024, 1025, 1087, 2111, 4160}, compute);
}

template <class P>
void check_whole_groups(ComputeType compute = ComputeType::fp32) {
  check_shapes<P>({64, 128, 192, 320, 1024, 1088, 2048, 8256}, compute);
}

}  // namespace

BOOST_AUTO_TEST_CASE(single) { check_any_length<fp32>(); }
BOOST_AUTO_TEST_CASE(half) { check_any_length<fp16>(); }
BOOST_AUTO_TEST_CASE(upper_half) { check_any_length<bf16>(); }
BOOST_AUTO_TEST_CASE(upper_half_in_bf16) { check_any_length<bf16>(ComputeType::bf16); }
BOOST_AUTO_TEST_CASE(four_bits_in_bf16) {
  check_whole_groups<nf4>(ComputeType::bf16);
  check_whole_groups<fp4>(ComputeType::bf16);
  check_whole_groups<nf4_double>(ComputeType::bf16);
  check_whole_groups<FourBit<NormalFloat4, 256, true>>(ComputeType::bf16);
}
BOOST_AUTO_TEST_CASE(four_bits_in_int8) {
  check_whole_groups<nf4>(ComputeType::int8);
  check_whole_groups<fp4>(ComputeType::int8);
  check_whole_groups<FourBit<NormalFloat4, 256, true>>(ComputeType::int8);
}
BOOST_AUTO_TEST_CASE(eight_bits) { check_any_length<int8>(); }
BOOST_AUTO_TEST_CASE(four_bits) {
  check_whole_groups<nf4>();
  check_whole_groups<fp4>();
}
BOOST_AUTO_TEST_CASE(four_bits_with_nested_scales) { check_whole_groups<nf4_double>(); }
BOOST_AUTO_TEST_CASE(four_bits_in_longer_blocks) {
  check_whole_groups<FourBit<NormalFloat4, 128>>();
  check_whole_groups<FourBit<Float4, 256, true>>();
}

BOOST_AUTO_TEST_CASE(sums_of_eight_bits_are_exact) {
  for_levels([](const CpuFeatures& features) {
    for (const index_t in : {1, 3, 63, 64, 65, 128, 200, 1023, 4160, (1 << 17) - 1}) {
      const Int8RowsKernel kernel = detail::int8_rows_kernel(8, in, features);
      if (!kernel) return;
      for (const index_t out : {1, 2, 37}) {
        if (in > 5000 && out > 2) continue;
        const index_t n = 8;
        std::vector<signed char> weights(std::size_t(in * out)), x(std::size_t(in * n));
        for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<signed char>(i * i * 7 + i);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<signed char>(int((i * i * 5 + i) % 255) - 127);
        std::fill_n(weights.begin(), in, static_cast<signed char>(-128));  // the largest sums there are
        std::fill_n(x.begin(), in, static_cast<signed char>(127));
        Pages pages;
        Int8Parts w{pages.keep(weights.data(), in * out), nullptr, in, {}, 6};
        for (index_t rows = 1; rows <= n; ++rows) {
          const std::size_t bytes = kernel.packed_bytes(rows, in);
          support::Bytes packed(bytes);
          support::Guarded codes(x.data(), std::size_t(in * rows));
          kernel.pack(reinterpret_cast<const signed char*>(codes.data()), rows, in, packed.data());
          std::vector<float> sums(std::size_t(rows * 40), 7.0f);
          kernel.multiply(w, packed.data(), packed.data() + bytes - rows * 4, rows, 0, out, 40, sums.data());
          for (index_t i = 0; i < rows; ++i)
            for (index_t o = 0; o < out; ++o) {
              std::int64_t sum = 0;
              for (index_t c = 0; c < in; ++c) sum += weights[std::size_t(o * in + c)] * x[std::size_t(i * in + c)];
              BOOST_REQUIRE_EQUAL(sums[std::size_t(i * 40 + o)], float(sum));
            }
        }
      }
    }
    BOOST_TEST(!detail::int8_rows_kernel(8, 1 << 17, features));
  });
}

BOOST_AUTO_TEST_CASE(rows_become_eight_bits_as_in_the_plain_loops) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float odd[] = {0.0f, -0.0f, 6.0f, -5.999f, 65504.0f, 1e6f, infinity, -infinity,
                           std::numeric_limits<float>::quiet_NaN(), 1e-8f, 6e-8f, -3e-5f, 0.5f, -1.5f, 127.0f, 63.5f};
  for_levels([&](const CpuFeatures& features) {
    for (const index_t in : {1, 15, 16, 17, 64, 331}) {
      const Int8RowsKernel kernel = detail::int8_rows_kernel(8, in, features);
      if (!kernel) return;
      for (const index_t kinds : {1, 12, 16})
        for (const float threshold : {0.0f, 6.0f, 100.0f})
          for (const index_t rows : {1, 3}) {
            std::vector<float> values = support::numbers(in * rows, unsigned(in), -127, 127);
            for (std::size_t i = 0; i < values.size(); i += 3) values[i] = odd[i / 3 % std::size_t(kinds)];
            support::Guarded x(values.data(), values.size() * sizeof(float));
            const MatrixView<Host> view(reinterpret_cast<float*>(x.data()), rows, in);
            support::Bytes a(Int8Rows::bytes(rows, in)), b(Int8Rows::bytes(rows, in));
            const Int8Rows plain = Int8Rows::quantise(view, threshold, a.data());
            const Int8Rows found =
                Int8Rows::quantise(view, threshold, b.data(), kernel.find_outliers, kernel.quantise);
            BOOST_REQUIRE_EQUAL(found.outlier_count, plain.outlier_count);
            BOOST_REQUIRE(std::equal(plain.outliers, plain.outliers + plain.outlier_count, found.outliers));
            BOOST_REQUIRE(std::memcmp(found.scales, plain.scales, std::size_t(rows) * sizeof(float)) == 0);
            BOOST_REQUIRE(std::memcmp(found.codes, plain.codes, std::size_t(rows * in)) == 0);
          }
    }
  });
}

BOOST_AUTO_TEST_CASE(denormal_numbers) {
  // Half precision has them from 6e-5 down; a float32 absmax may be one, too.
  for_levels([](const CpuFeatures& features) {
    std::vector<float> values = support::numbers(40 * 128, 5, -6e-5f, 6e-5f);
    const support::Encoded<fp16> half(values, 40, 128);
    Case<fp16> c{{}, half.parts(), half.values(), 128, 40};
    check_kernel<fp16>(features, c, support::numbers(StripTuning::rows * 128, 6));
    for (float& v : values) v *= 1e-35f;
    const support::Encoded<nf4> tiny(values, 40, 128);
    Case<nf4> t{{}, tiny.parts(), tiny.values(), 128, 40};
    check_kernel<nf4>(features, t, support::numbers(StripTuning::rows * 128, 6));
  });
}

BOOST_AUTO_TEST_CASE(what_is_left_to_decode_and_dot) {
  for_levels([](const CpuFeatures& features) {
    const auto kernel = [&](auto p, const auto& parts, index_t in) {
      return bool(detail::strip_kernel(p, parts, in, features));
    };
    const std::type_identity<nf4> four;
    FourBitParts w;
    w.cols = 128;
    BOOST_TEST(kernel(four, w, 128));
    w.cols = 100;  // rows begin within blocks
    BOOST_TEST(!kernel(four, w, 100));
    w.cols = 96;
    w.block = 32;
    BOOST_TEST(!kernel(four, w, 96));
    w = {};
    w.cols = 32;
    w.blocks_per_row = 0;
    BOOST_TEST(!kernel(four, w, 32));
    BOOST_TEST(!kernel(std::type_identity<bf16>{}, DenseParts{nullptr, 1, 64, {}}, 64));
    BOOST_TEST(kernel(std::type_identity<bf16>{}, DenseParts{nullptr, 64, 1, {}}, 64));
    BOOST_TEST(!kernel(std::type_identity<support::Signs>{}, support::Signs::Parts{}, 64));
  });
  BOOST_TEST(!detail::strip_kernel(std::type_identity<fp32>{}, DenseParts{}, 64, CpuFeatures{}));
}

BOOST_AUTO_TEST_SUITE_END()
