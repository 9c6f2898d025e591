#pragma once
#include <array>
#include <esteira/message.hpp>
#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace esteira::bench {

struct BareStage {
  const char* name;
  const char* status;  ///< that an order has after it
};
/// The stages that an order passes, in their order.
inline constexpr std::array<BareStage, 3> kBareStages{
    {{"process", "processing"}, {"enrich", "processing"}, {"finalize", "completed"}}};

/// A session on the tables of sql/, on libpqxx alone: what is written of an order, without the checks that let an
/// effect land once. Each call is one transaction. Trouble throws pqxx's exceptions. One thread.
class BareDatabase {
 public:
  explicit BareDatabase(const std::string& url);

  /// The orders with their items, keys, first timeline entries and outbox rows. Returns their ids as an array in SQL's
  /// text, which is what the other two want.
  std::string store(std::vector<Message> orders);
  /// Their outbox rows go.
  void published(const std::string& ids);
  /// The effects of a stage. Enrich leaves data.
  void apply(const std::string& ids, const BareStage& stage);

 private:
  pqxx::connection connection_;
};

}  // namespace esteira::bench
