#include "tests/faults/money_check.hpp"

#include <map>

namespace esteira::faults {
namespace {

struct Account {
  int charges = 0;
  std::int64_t charged = 0;
  std::int64_t refunded = 0;
  auto operator<=>(const Account&) const = default;
};

std::string text_of(const Account& account) {
  return "was charged " + std::to_string(account.charged) + " cents in " + std::to_string(account.charges) +
         " charges and refunded " + std::to_string(account.refunded) + " cents";
}

std::map<std::string, Account> accounts_of(const Ledger& ledger) {
  std::map<std::string, Account> accounts;
  for (const auto& charge : ledger.charges) {
    auto& account = accounts[charge.order_id];
    ++account.charges;
    account.charged += charge.cents;
  }
  for (const auto& refund : ledger.refunds) accounts[refund.order_id].refunded += refund.cents;
  return accounts;
}

/// A completed order has one charge of its total, any other one has none, or one that is refunded.
bool is_settled(const StoredOrder& order, const Account& account) {
  if (order.status != "completed") return account.charges <= 1 && account.charged == account.refunded;
  const Account paid{order.cents > 0 ? 1 : 0, order.cents, 0};
  return account == paid;
}

}  // namespace

Money money_of(const Snapshot& snapshot) {
  Money money;
  for (const auto& charge : snapshot.ledger.charges) money.charges += charge.cents;
  for (const auto& refund : snapshot.ledger.refunds) money.refunds += refund.cents;
  for (const auto& [id, order] : snapshot.orders) {
    if (order.status == "completed") money.paid += order.cents;
  }
  return money;
}

void check_money(const Snapshot& snapshot, std::vector<std::string>& violations) {
  for (const auto& key : snapshot.ledger.doubled) violations.push_back("ledger: a second charge or refund, " + key);
  auto accounts = accounts_of(snapshot.ledger);
  for (const auto& [id, order] : snapshot.orders) {
    const auto account = accounts[id];
    if (!is_settled(order, account)) {
      violations.push_back("order " + id + ": is " + order.status + ", its total is " + std::to_string(order.cents) +
                           " cents, and it " + text_of(account));
    }
    if (order.compensation == "owed") violations.push_back("order " + id + ": its compensation is owed");
    accounts.erase(id);
  }
  for (const auto& [id, account] : accounts) {
    violations.push_back("order " + id + ": does not exist and " + text_of(account));
  }
  const auto money = money_of(snapshot);
  if (money.charges != money.refunds + money.paid) {
    violations.push_back("ledger: charges of " + std::to_string(money.charges) + " cents are not refunds of " +
                         std::to_string(money.refunds) + " and paid orders of " + std::to_string(money.paid));
  }
}

}  // namespace esteira::faults
