#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "provider/provider.hpp"

namespace provider {

/// Creates something at a provider once for an order: a charge, a refund, a shipment. The first attempt sends it with
/// the message's idempotency key. Every later one, every one of a redrive, and that of an order of more than an hour
/// asks by the key first, because providers forget keys: what it finds is taken, and what is unknown is sent. 402 and
/// 422 are a refusal; any other fault is a retry, since nobody knows what has happened.
class Creation : public std::enable_shared_from_this<Creation> {
 public:
  /// Makes the outcome from the object that the provider has created.
  using OnCreated = std::function<esteira::Outcome(const Json& created)>;

  /// `collection` is "/charges", `body` a JSON object. `provider` must outlive the request.
  static void start(Provider& provider, const esteira::Task& task, const char* collection, std::string body,
                    OnCreated on_created);

  Creation(Provider& provider, esteira::Task task, const char* collection, std::string body, OnCreated on_created)
      : provider_(provider),
        task_(std::move(task)),
        collection_(collection),
        body_(std::move(body)),
        on_created_(std::move(on_created)) {}

 private:
  void ask();
  void create();
  void finish(const http_client::Result& result);

  Provider& provider_;
  const esteira::Task task_;
  const std::string collection_;
  const std::string body_;
  const OnCreated on_created_;
};

}  // namespace provider
