#include "base/thread.h"

#include <chrono>
#include <pthread.h>

#include "base/assert.h"

namespace laminar::base {
namespace {

constexpr size_t kThreadNameBytesMax = 15;  // limit of the kernel

}  // namespace

Thread::Thread(const std::string& name, std::function<void()> body)
    : thread_([body = std::move(body), short_name = name.substr(0, kThreadNameBytesMax)] {
        pthread_setname_np(pthread_self(), short_name.c_str());
        body();
      }) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  LAMINAR_ASSERT(!thread_.joinable(), 0);
  thread_ = std::move(other.thread_);
  return *this;
}

Thread::~Thread() { Join(); }

void Thread::Join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void SleepNanos(int64_t nanos) { std::this_thread::sleep_for(std::chrono::nanoseconds(nanos)); }

}  // namespace laminar::base
