// A device that is not there: its memory cannot be read on the host, its queue records every call and runs nothing
// before wait(). What works here keeps the asynchronous contract that a GPU needs. One thread at a time.
#pragma once
#include <sys/mman.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <new>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "skald/backend/backend.hpp"
#include "skald/ops/reference/kernels.hpp"
#include "skald/spec/memory_plan.hpp"

namespace support {

using skald::Fault;
using skald::index_t;

/// All memory of the device: pages that are open only while it runs, so that a host that reads them crashes.
class DeviceMemory {
 public:
  static std::byte* allocate(std::size_t bytes) {
    void* p = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return nullptr;
    blocks().emplace(p, bytes);
    return static_cast<std::byte*>(p);
  }
  static void free(std::byte* p, std::size_t bytes) {
    blocks().erase({p, bytes});
    ::munmap(p, bytes);
  }

  class Open {
   public:
    Open() { protect(PROT_READ | PROT_WRITE); }
    ~Open() { protect(PROT_NONE); }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
  };

 private:
  static std::set<std::pair<void*, std::size_t>>& blocks() {
    static std::set<std::pair<void*, std::size_t>> all;
    return all;
  }
  static void protect(int how) {
    for (const auto& [p, bytes] : blocks()) ::mprotect(p, bytes, how);
  }
};

struct DeviceSpace;

/// Where T lies on the device: arithmetic, and no way to read it.
template <class T>
class DevicePtr {
 public:
  DevicePtr() = default;
  explicit operator bool() const { return at_ != nullptr; }
  friend DevicePtr operator+(DevicePtr p, index_t n) { return DevicePtr(p.at_ + n); }
  friend index_t operator-(DevicePtr a, DevicePtr b) { return a.at_ - b.at_; }

 private:
  friend DeviceSpace;
  explicit DevicePtr(T* at) : at_(at) {}
  T* at_ = nullptr;
};

struct DeviceSpace {
  template <class T> using ptr = DevicePtr<T>;
  template <class T> static ptr<T> cast(ptr<std::byte> p) { return ptr<T>(reinterpret_cast<T*>(p.at_)); }
  static const std::byte* address(ptr<std::byte> p) { return p.at_; }
  static void copy(ptr<std::byte> to, ptr<std::byte> from, std::size_t bytes) {
    const DeviceMemory::Open open;
    std::memcpy(to.at_, from.at_, bytes);
  }

  // What only the device does.
  static ptr<std::byte> place(std::byte* p) { return ptr<std::byte>(p); }
  template <class T> static T* there(ptr<T> p) { return p.at_; }
};

class DeviceBuffer {
 public:
  static Fault allocate(std::size_t bytes, DeviceBuffer& out) {
    std::byte* p = DeviceMemory::allocate(bytes ? bytes : 1);
    if (!p) return skald::fault(skald::FaultCode::out_of_memory, "device: bytes asked for", std::int64_t(bytes), 0);
    out = DeviceBuffer();
    out.data_ = p;
    out.size_ = bytes;
    return {};
  }
  DeviceBuffer() = default;
  DeviceBuffer(DeviceBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~DeviceBuffer() {
    if (data_) DeviceMemory::free(data_, size_ ? size_ : 1);
  }
  DevicePtr<std::byte> data() const { return DeviceSpace::place(data_); }
  std::size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// What a recorded call keeps of its arguments, and what it hands to the plain kernels when it runs.
namespace recorded {

inline std::vector<skald::Row> keep(std::span<const skald::Row> rows) { return {rows.begin(), rows.end()}; }
template <class T>
T keep(const T& value) { return value; }

template <class T>
const T& open(const T& value) { return value; }
inline std::span<const skald::Row> open(const std::vector<skald::Row>& rows) { return rows; }
template <class T>
T* open(DevicePtr<T> p) { return DeviceSpace::there(p); }
template <class T>
skald::MatrixView<skald::Host, T> open(const skald::MatrixView<DeviceSpace, T>& m) {
  return {open(m.data), m.rows, m.cols, m.stride};
}
template <class Set>
skald::Product<Set, skald::Host> open(const skald::Product<Set, DeviceSpace>& p) {
  return {p.weight, p.bias, open(p.y)};
}
inline skald::AttentionCall<skald::Host> open(const skald::AttentionCall<DeviceSpace>& c) {
  return {open(c.q), open(c.out), c.scale, c.context, open(c.probabilities), c.relative};
}

/// The rows of an attention, with the numbers of their blocks.
template <class T>
class AttentionRows {
 public:
  template <class Rows>
  explicit AttentionRows(const Rows& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows_.push_back(rows[i]);
      blocks_.emplace_back(rows_[i].kv.blocks.begin(), rows_[i].kv.blocks.end());
    }
  }
  std::size_t size() const { return rows_.size(); }
  skald::AttentionRow<skald::Host, T> operator[](std::size_t i) const {
    const auto& from = rows_[i].kv;
    return {rows_[i].first, rows_[i].count, rows_[i].past,
            {open(from.data), blocks_[i], from.block_size, from.length, from.width, from.v_offset, from.block_stride}};
  }

 private:
  std::vector<skald::AttentionRow<DeviceSpace, T>> rows_;
  std::vector<std::vector<std::int32_t>> blocks_;
};

}  // namespace recorded

/// A queue for the plain kernels while the device runs: it gives no scratch.
struct Running {
  std::byte* room(std::size_t bytes) const {
    bytes_.resize(bytes);
    return bytes_.data();
  }
  mutable std::vector<std::byte> bytes_;
};

class PretendQueue {
 public:
  using Space = DeviceSpace;

  template <class T>
  DevicePtr<T> take(index_t count) {
    const auto p = DeviceSpace::cast<T>(scratch_.data() + index_t(used_));
    used_ += skald::scratch_bytes<T>(count);
    if (used_ > scratch_.size()) overdrawn_ = true;
    return p;
  }
  std::size_t mark() const { return used_; }
  void release(std::size_t mark) { used_ = mark; }
  Fault reserve(std::size_t bytes) {
    if (bytes <= scratch_.size()) return {};
    outgrown_.push_back(std::move(scratch_));  // what is recorded may still use it
    return DeviceBuffer::allocate(bytes, scratch_);
  }
  index_t workers() const { return 1; }
  void cancel_on(const std::atomic<bool>* flag) { cancel_ = flag; }
  bool cancelled() const { return cancel_ && *cancel_; }

  template <class T>
  void write(DevicePtr<T> to, const T* from, index_t n) {
    work_.push_back([to, values = std::vector<T>(from, from + n)] {
      std::memcpy(DeviceSpace::there(to), values.data(), values.size() * sizeof(T));
    });
  }
  template <class T>
  void read(T* to, DevicePtr<T> from, index_t n) {
    work_.push_back([=] { std::memcpy(to, DeviceSpace::there(from), std::size_t(n) * sizeof(T)); });
  }

  /// f(Running, arguments as the host's), later.
  template <class F, class... As>
  void record(F f, const As&... as) {
    work_.push_back([f, kept = std::tuple(recorded::keep(as)...)] {
      const auto call = [&](const auto&... opened) { f(opened...); };
      std::apply([&](const auto&... each) { call(Running{}, recorded::open(each)...); }, kept);
    });
  }

  /// Runs what was recorded, in order; once cancelled, drops it.
  Fault wait() {
    const std::vector<std::function<void()>> work = std::exchange(work_, {});
    const std::vector<DeviceBuffer> outgrown = std::exchange(outgrown_, {});  // until it has run
    if (work.empty()) return {};
    if (cancelled()) return skald::fault(skald::FaultCode::cancelled, "wait: cancelled before the device ran");
    const DeviceMemory::Open open;
    for (const auto& call : work) call();
    ran_ += work.size();
    return {};
  }

  std::size_t pending() const { return work_.size(); }
  std::size_t ran() const { return ran_; }          ///< calls, ever
  bool overdrawn() const { return overdrawn_; }     ///< scratch was taken beyond what was reserved

 private:
  DeviceBuffer scratch_;
  std::vector<DeviceBuffer> outgrown_;
  std::vector<std::function<void()>> work_;
  std::size_t used_ = 0, ran_ = 0;
  bool overdrawn_ = false;
  const std::atomic<bool>* cancel_ = nullptr;
};

/// Every kernel under its own name, recorded. A plain kernel that is missing here is found in the parent, which does
/// not compile with this backend's pointers.
struct PretendKernels : skald::ReferenceKernels {
  using Plain = skald::ReferenceKernels;
  using Matrix = skald::MatrixView<DeviceSpace>;
  using Integers = DevicePtr<std::int32_t>;
  using Q = PretendQueue;

  template <class K, class... Sets>
  static void linear(Q& q, Matrix x, const skald::Product<Sets, DeviceSpace>&... products) {
    q.record([](auto&... a) { Plain::linear<K>(a...); }, x, products...);
  }
  template <class K, class Set>
  static void linear_selected(Q& q, const skald::Weight<Set>* w, index_t count, Integers picks, index_t per_row,
                              Matrix x, Matrix y) {
    q.record([](auto&... a) { Plain::linear_selected<K>(a...); }, w, count, picks, per_row, x, y);
  }
  template <class K, class Set>
  static void embed(Q& q, const skald::Weight<Set>& w, Integers ids, index_t offset, float scale, bool add, Matrix y) {
    q.record([](auto&... a) { Plain::embed<K>(a...); }, w, ids, offset, scale, add, y);
  }
  template <class K, class F>
  static void norm(Q& q, F fact, const float* weight, const float* bias, index_t weight_rows, Matrix x, Matrix y) {
    q.record([](auto&... a) { Plain::norm<K>(a...); }, fact, weight, bias, weight_rows, x, y);
  }
  template <class K, class F>
  static void activate(Q& q, F fact, Matrix x) {
    q.record([](auto&... a) { Plain::activate<K>(a...); }, fact, x);
  }
  template <class K, class F>
  static void activate_gated(Q& q, F fact, Matrix gate, Matrix up) {
    q.record([](auto&... a) { Plain::activate_gated<K>(a...); }, fact, gate, up);
  }
  template <class K>
  static void add(Q& q, Matrix x, float scale, Matrix y) {
    q.record([](auto&... a) { Plain::add<K>(a...); }, x, scale, y);
  }
  template <class K>
  static void copy(Q& q, Matrix x, Matrix y) {
    q.record([](auto&... a) { Plain::copy<K>(a...); }, x, y);
  }
  template <class K>
  static void gather(Q& q, Matrix x, Integers rows, Matrix y) {
    q.record([](auto&... a) { Plain::gather<K>(a...); }, x, rows, y);
  }
  template <class K>
  static void clamp(Q& q, float limit, Matrix x) {
    q.record([](auto&... a) { Plain::clamp<K>(a...); }, limit, x);
  }
  template <class K, class F>
  static void scale_logits(Q& q, F fact, Matrix x) {
    q.record([](auto&... a) { Plain::scale_logits<K>(a...); }, fact, x);
  }
  template <class K>
  static void add_switched(Q& q, Matrix x, Matrix gate, Matrix y) {
    q.record([](auto&... a) { Plain::add_switched<K>(a...); }, x, gate, y);
  }
  template <class K, class F>
  static void route(Q& q, F fact, Matrix scores, Integers picks, DevicePtr<float> weights) {
    q.record([](auto&... a) { Plain::route<K>(a...); }, fact, scores, picks, weights);
  }
  template <class K>
  static void combine(Q& q, DevicePtr<float> weights, Matrix x, Matrix y) {
    q.record([](auto&... a) { Plain::combine<K>(a...); }, weights, x, y);
  }
  template <class K, class F>
  static void rope_table(Q& q, F fact, std::int32_t max_positions, std::span<const skald::Row> rows,
                         Integers positions, Matrix table) {
    q.record([](auto&... a) { Plain::rope_table<K>(a...); }, fact, max_positions, rows, positions, table);
  }
  template <class K, class F>
  static void rope(Q& q, F fact, Matrix table, index_t head_dim, Matrix x) {
    q.record([](auto&... a) { Plain::rope<K>(a...); }, fact, table, head_dim, x);
  }

  template <class K, class Rows>
  static void store(Q& q, const Rows& rows, Matrix k, Matrix v) {
    q.record([](auto&... a) { Plain::store<K>(a...); }, copy_of(rows), k, v);
  }

  /// The scores are taken now: nothing is taken while it runs.
  template <class K, class F, class Rows>
  static void attention(Q& q, F fact, const Rows& rows, const skald::AttentionCall<DeviceSpace>& call) {
    skald::ScratchScope scope(q);
    const auto each_head = [](const Running&, F f, const auto& all, const auto& c, float* scores) {
      for (std::size_t i = 0; i < all.size(); ++i)
        for (std::int32_t t = 0; t < all[i].count; ++t)
          for (std::int32_t h = 0; h < f.get().heads; ++h) Plain::one_head(f, c, all[i], t, h, scores);
    };
    q.record(each_head, fact, copy_of(rows), call, q.template take<float>(call.context));
  }

 private:
  template <class Rows>
  static auto copy_of(const Rows& rows) {
    return recorded::AttentionRows<typename decltype(rows[0].kv)::element>(rows);
  }
};

struct Pretend {
  static constexpr const char* name = "pretend";
  using Space = DeviceSpace;
  using Memory = DeviceBuffer;
  using Queue = PretendQueue;
  using Kernels = PretendKernels;

  Queue queue() const { return {}; }
};

static_assert(skald::HeapBackend<Pretend>);

}  // namespace support
