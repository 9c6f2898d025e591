#include "cli/dlq/confirmed_publisher.hpp"

#include <iterator>
#include <utility>

namespace esteira::cli {

ConfirmedPublisher::ConfirmedPublisher(runtime::amqp::BrokerUrl broker, std::string name)
    : publisher_(
          {std::move(broker), std::move(name), {}},
          [this](const std::vector<std::uint64_t>& tokens) {
            {
              const std::lock_guard lock(mutex_);
              confirmed_.insert(tokens.begin(), tokens.end());
            }
            confirmed_some_.notify_all();
          },
          metrics_) {}

std::vector<bool> ConfirmedPublisher::publish(std::vector<runtime::amqp::Publication> publications,
                                              std::chrono::milliseconds timeout) {
  const auto first = last_token_ + 1;
  for (auto& publication : publications) publication.token = ++last_token_;
  std::vector<bool> confirmed(publications.size());
  if (!std::exchange(started_, true)) publisher_.start();
  publisher_.publish(std::move(publications));
  std::unique_lock lock(mutex_);
  const auto count = [&] {
    return static_cast<std::size_t>(std::distance(confirmed_.lower_bound(first), confirmed_.end()));
  };
  confirmed_some_.wait_for(lock, timeout, [&] { return count() == confirmed.size(); });
  for (std::size_t i = 0; i < confirmed.size(); ++i) confirmed[i] = confirmed_.contains(first + i);
  confirmed_.clear();
  return confirmed;
}

}  // namespace esteira::cli
