// expect: DevicePtr<float>
#include "support/pretend_device.hpp"

float first(support::Pretend::Queue& queue, support::DeviceSpace::ptr<float> scores) {
  float value = 0;
#ifdef SKALD_MISTAKE
  value = *scores;
#else
  queue.read(&value, scores, 1);
#endif
  return queue.wait() ? 0.0f : value;
}
