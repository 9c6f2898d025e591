#include "provider/creation.hpp"

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

}  // namespace

void Creation::start(Provider& provider, const esteira::Task& task, const char* collection, std::string body,
                     OnCreated on_created) {
  const auto creation = std::make_shared<Creation>(provider, task, collection, std::move(body), std::move(on_created));
  const auto& message = task.message();
  message.attempt == 1 && message.redrive == 0 ? creation->create() : creation->ask();
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
