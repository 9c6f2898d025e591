#pragma once
#include <array>
#include <esteira/message.hpp>
#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace esteira::bench {

struct BareStage {
  const char* name;
  const char* status;  ///< of an order after this stage
};
/// The stages of an order, in order.
inline constexpr std::array<BareStage, 3> kBareStages{
    {{"process", "processing"}, {"enrich", "processing"}, {"finalize", "completed"}}};

/// A session on the tables of sql/, using only libpqxx. Writes the rows of an order without the checks that apply an
/// effect once. Each call is one transaction. Errors throw pqxx's exceptions. One thread.
class BareDatabase {
 public:
  explicit BareDatabase(const std::string& url);

  /// Stores orders with their items, keys, first timeline entries and outbox rows. Returns their ids as the text of an
  /// SQL array, for the other two functions.
  std::string store(std::vector<Message> orders);
  /// Deletes the outbox rows of the orders.
  void delete_outbox_rows(const std::string& ids);
  /// Writes the effects of a stage. The stage enrich also writes data.
  void record_stage(const std::string& ids, const BareStage& stage);

 private:
  pqxx::connection connection_;
};

}  // namespace esteira::bench
