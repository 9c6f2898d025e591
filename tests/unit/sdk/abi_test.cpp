#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cstddef>
#include <esteira/esteira.hpp>
#include <string_view>
#include <type_traits>

extern "C" std::size_t descriptor_size_in_c();

namespace {

using esteira::AsyncStage;
using esteira::Context;
using esteira::Item;
using esteira::LogLevel;
using esteira::Message;
using esteira::Money;
using esteira::Outcome;
using esteira::Settings;
using esteira::SettingType;
using esteira::Stage;
using esteira::Task;

// Existing plugins were compiled with these numbers. With every change of one, raise ESTEIRA_ABI_VERSION.
static_assert(ESTEIRA_ABI_VERSION == 1);
static_assert(ESTEIRA_ABI_MAGIC == 0x45535445);
static_assert(sizeof(Money) == 8 && sizeof(Item) == 56 && sizeof(Message) == 256);
static_assert(sizeof(Outcome) == 136 && sizeof(Settings) == 48 && sizeof(Settings::Value) == 40);
static_assert(sizeof(Task) == 16 && sizeof(Stage) == 8 && sizeof(AsyncStage) == 8 && sizeof(Context) == 8);
static_assert(static_cast<int>(Outcome::Kind::done) == 0 && static_cast<int>(Outcome::Kind::fail) == 2);
static_assert(static_cast<int>(LogLevel::debug) == 0 && static_cast<int>(LogLevel::error) == 3);
static_assert(static_cast<int>(SettingType::text) == 0 && static_cast<int>(SettingType::list) == 4);

// A pointer to a virtual member function holds its offset in the vtable plus one, in bytes (Itanium C++ ABI, x86-64).
template <class Function>
std::ptrdiff_t slot(Function function) {
  const auto parts = std::bit_cast<std::array<std::ptrdiff_t, 2>>(function);
  return (parts[0] - 1) / static_cast<std::ptrdiff_t>(sizeof(void*));
}

TEST_CASE("ABI: the fields of Message have their recorded offsets") {
  const Message message;
  const auto place = [&message](const auto& field) {
    return reinterpret_cast<const char*>(&field) - reinterpret_cast<const char*>(&message);
  };
  CHECK(place(message.order_id) == 0);
  CHECK(place(message.workflow) == 32);
  CHECK(place(message.customer_id) == 64);
  CHECK(place(message.items) == 96);
  CHECK(place(message.total) == 120);
  CHECK(place(message.data) == 136);
  CHECK(place(message.stage) == 184);
  CHECK(place(message.attempt) == 216);
  CHECK(place(message.redrive) == 220);
  CHECK(place(message.traceparent) == 224);
}

#if defined(__x86_64__)
TEST_CASE("ABI: the functions of Context have their recorded vtable slots") {
  CHECK(slot(&Context::log) == 0);
  CHECK(slot(&Context::count) == 1);
  CHECK(slot(&Context::observe) == 2);
  CHECK(slot(&Context::deadline) == 3);
  CHECK(slot(&Context::stop_requested) == 4);
  CHECK(slot(&Context::after) == 5);
}

TEST_CASE("ABI: the functions of stages and tasks have their recorded vtable slots") {
  CHECK(slot(&Stage::handle) == 2);
  CHECK(slot(&AsyncStage::start) == 2);
  CHECK(slot(&Task::Work::message) == 2);
  CHECK(slot(&Task::Work::context) == 3);
  CHECK(slot(&Task::Work::complete) == 4);
}
#endif

TEST_CASE("ABI: the descriptor has the same layout in C and C++") {
  CHECK(descriptor_size_in_c() == sizeof(esteira_plugin_descriptor));
  CHECK(std::is_standard_layout_v<esteira_plugin_descriptor>);
  CHECK(std::is_trivially_copyable_v<esteira_plugin_descriptor>);
  CHECK(std::string_view(ESTEIRA_PLUGIN_SYMBOL) == "esteira_plugin");
}

TEST_CASE("the build tag names compiler, standard library and C++ standard") {
  const std::string_view tag = esteira::abi::kBuildTag;
  CHECK((tag.starts_with("gcc ") || tag.starts_with("clang ")));
  CHECK(tag.find("libstdc++ ") != tag.npos);
  CHECK(tag.find("cxx11 abi 1") != tag.npos);
  CHECK(tag.find("standard 20") != tag.npos);
}

}  // namespace
