#include "api/sweep_ticket.hpp"

#include <catch2/catch.hpp>
#include <thread>

using esteira::api::SweepTicket;

TEST_CASE("a sweep learns what was confirmed, from another thread") {
  SweepTicket ticket;
  std::thread publisher([&] {
    ticket.confirm(2);
    ticket.confirm(0);
  });
  CHECK(ticket.wait(2, std::chrono::minutes(1)) == std::vector<std::size_t>{2, 0});
  publisher.join();
}

TEST_CASE("a confirm that comes too late is given back") {
  SweepTicket ticket;
  CHECK(ticket.confirm(1));
  CHECK(ticket.wait(2, std::chrono::milliseconds(1)) == std::vector<std::size_t>{1});
  CHECK_FALSE(ticket.confirm(0));
}
