#include "provider/creation.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>

namespace provider {
namespace {

std::string refusal_of(const http_client::Result& result) {
  const auto problem = Json::parse(result.response->body, nullptr, false);
  for (const auto* member : {"detail", "title"}) {
    if (!problem.is_object()) break;
    if (auto text = text_of(problem, member); !text.empty()) return text;
  }
  return "the provider answered " + std::to_string(status_of(result));
}

/// How long ago the order was accepted, which its id tells when it is a UUID of version 7 (RFC 9562, section 5.7); 0
/// for another id.
std::chrono::milliseconds age_of(const std::string& order_id) {
  constexpr std::size_t kVersionAt = 14;
  if (order_id.size() <= kVersionAt || order_id[kVersionAt] != '7') return {};
  const auto digits = order_id.substr(0, 8) + order_id.substr(9, 4);
  std::int64_t accepted = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), accepted, 16);
  if (read.ptr != digits.data() + digits.size()) return {};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::floor<std::chrono::milliseconds>(now) - std::chrono::milliseconds(accepted);
}

/// An attempt that is not recorded may have sent the request before: as a probe of the circuit breaker, before a crash,
/// or before a message was lost and sent again. The provider still knows the key of it, unless that was long ago.
bool may_have_been_sent(const esteira::Message& message) {
  constexpr std::chrono::hours kKeysAreKept{1};
  return message.attempt > 1 || message.redrive > 0 || age_of(message.order_id) > kKeysAreKept;
}

}  // namespace

void Creation::start(Provider& provider, const esteira::Task& task, const char* collection, std::string body,
                     OnCreated on_created) {
  const auto creation = std::make_shared<Creation>(provider, task, collection, std::move(body), std::move(on_created));
  may_have_been_sent(task.message()) ? creation->ask() : creation->create();
}

void Creation::ask() {
  const auto path = collection_ + "?key=" + url_encoded(task_.message().idempotency_key());
  provider_.send(task_, {path, "", ""}, [self = shared_from_this()](const http_client::Result& result) {
    status_of(result) == 404 ? self->create() : self->finish(result);
  });
}

void Creation::create() {
  provider_.send(task_, {collection_, body_, task_.message().idempotency_key()},
                 [self = shared_from_this()](const http_client::Result& result) { self->finish(result); });
}

void Creation::finish(const http_client::Result& result) {
  if (const auto status = status_of(result); status == 402 || status == 422)
    return task_.complete(esteira::Outcome::fail(refusal_of(result)));
  const auto created = object_of(result);
  const bool is_created = created && !text_of(*created, "id").empty();
  task_.complete(is_created ? on_created_(*created) : retry_after(result));
}

}  // namespace provider
