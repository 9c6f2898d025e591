#include "runtime/cache/redis.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "runtime/lifecycle/timeval.hpp"
#include "runtime/tls/tls_error.hpp"

namespace esteira::runtime::cache {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMinConnectTimeout{500};

/// Whether the server closed the connection or sent something that is not Redis's protocol, as a port for TLS does.
bool is_broken(const redisContext& context) {
  return context.err == REDIS_ERR_EOF || context.err == REDIS_ERR_PROTOCOL ||
         (context.err == REDIS_ERR_IO && std::generic_category().message(ECONNRESET) == context.errstr);
}

/// An error of Redis with its remedy. https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
std::string explain_redis_error(std::string_view error) {
  const auto is = [error](std::string_view prefix) { return error.starts_with(prefix); };
  std::string text(error);
  if (is("WRONGPASS") || is("NOAUTH") || is("ERR invalid password") || is("ERR AUTH"))
    return text.append("; correct user and password in REDIS_URL");
  if (is("NOPERM")) return text.append("; the user needs: +mget +set ~esteira:*");
  if (is("ERR DB index")) return text.append("; correct the database in REDIS_URL");
  if (is("READONLY")) return text.append("; REDIS_URL names a replica: name the primary");
  return text;
}

}  // namespace

void Redis::Close::operator()(redisContext* context) const { redisFree(context); }
void Redis::FreeReply::operator()(void* reply) const { freeReplyObject(reply); }

Redis::Redis(const RedisUrl& url, milliseconds timeout) {
  const auto connect_timeout = to_timeval(std::max(kMinConnectTimeout, timeout));
  context_.reset(redisConnectWithTimeout(url.host.c_str(), url.port, connect_timeout));
  if (!context_) throw RedisError("out of memory");
  if (context_->err != 0) throw RedisError(context_->errstr);
  redisSetTimeout(context_.get(), connect_timeout);
  if (url.tls) start_tls(url);
  log_in(url);
  redisSetTimeout(context_.get(), to_timeval(timeout));
}

void Redis::log_in(const RedisUrl& url) {
  std::vector<std::vector<std::string>> handshake;
  if (!url.password.empty() && url.user.empty()) handshake.push_back({"AUTH", url.password});
  if (!url.password.empty() && !url.user.empty()) handshake.push_back({"AUTH", url.user, url.password});
  if (url.database != 0) handshake.push_back({"SELECT", std::to_string(url.database)});
  try {
    for (const auto& words : handshake) {
      send(words);
      receive();
    }
    ping();
  } catch (const RedisError& error) {
    if (tls_ || !is_broken(*context_)) throw;
    throw RedisError(std::string(error.what()).append("; if the port expects TLS, write rediss:// in REDIS_URL"));
  }
}

void Redis::start_tls(const RedisUrl& url) {
  try {
    tls_ = std::make_unique<tls::ClientSession>(context_->fd,
                                                tls::Server{url.host, url.ca_file, "REDIS_CA_FILE", "REDIS_URL"});
  } catch (const tls::TlsError& error) {
    throw RedisError(error.what());
  }
}

/// Finds out whether Redis answers. A refusal for lack of rights is an answer, too: MGET and SET need none for PING.
void Redis::ping() {
  send({"PING"});
  const auto reply = receive_any();
  const auto& typed = *static_cast<const redisReply*>(reply.get());
  if (typed.type != REDIS_REPLY_ERROR) return;
  const std::string_view error(typed.str, typed.len);
  if (!error.starts_with("NOPERM")) throw RedisError(explain_redis_error(error));
}

std::vector<std::optional<std::string>> Redis::get(const std::vector<std::string>& keys) {
  std::vector<std::optional<std::string>> values(keys.size());
  if (keys.empty()) return values;
  std::vector<std::string> words = {"MGET"};
  words.insert(words.end(), keys.begin(), keys.end());
  send(words);
  const auto reply = receive();
  const auto& list = *static_cast<const redisReply*>(reply.get());
  if (list.type != REDIS_REPLY_ARRAY || list.elements != keys.size())
    throw RedisError("MGET returned an unexpected reply");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& element = *list.element[i];
    if (element.type == REDIS_REPLY_STRING) values[i].emplace(element.str, element.len);
  }
  return values;
}

void Redis::set(const std::vector<std::pair<std::string, std::string>>& entries, milliseconds ttl) {
  const auto lifetime = std::to_string(ttl.count());
  for (const auto& [key, value] : entries) send({"SET", key, value, "PX", lifetime});
  for (std::size_t i = 0; i < entries.size(); ++i) receive();
}

void Redis::send(const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  texts.reserve(words.size());
  lengths.reserve(words.size());
  for (const auto& word : words) {
    texts.push_back(word.data());
    lengths.push_back(word.size());
  }
  const auto count = static_cast<int>(words.size());
  if (tls_) {
    char* command = nullptr;
    const auto size = redisFormatCommandArgv(&command, count, texts.data(), lengths.data());
    if (size < 0) throw RedisError("a command cannot be formatted");
    unsent_.append(command, static_cast<std::size_t>(size));
    redisFreeCommand(command);
  } else if (redisAppendCommandArgv(context_.get(), count, texts.data(), lengths.data()) != REDIS_OK) {
    throw RedisError(context_->errstr);
  }
}

Redis::Reply Redis::receive_any() { return Reply(tls_ ? read_reply_by_tls() : read_reply()); }

void* Redis::read_reply() {
  void* reply = nullptr;
  if (redisGetReply(context_.get(), &reply) == REDIS_OK) return reply;
  throw RedisError(context_->errstr);
}

/// The library formats commands and parses replies; it cannot do TLS itself.
void* Redis::read_reply_by_tls() {
  constexpr std::size_t kReadSize = 16384;
  std::array<char, kReadSize> buffer{};
  try {
    tls_->write(std::exchange(unsent_, {}));
    void* reply = nullptr;
    while (redisGetReplyFromReader(context_.get(), &reply) == REDIS_OK) {
      if (reply != nullptr) return reply;
      const auto bytes = tls_->read(buffer.data(), buffer.size());
      redisReaderFeed(context_->reader, bytes.data(), bytes.size());
    }
  } catch (const tls::TlsError& error) {
    throw RedisError(error.what());
  }
  throw RedisError(context_->errstr);
}

Redis::Reply Redis::receive() {
  auto reply = receive_any();
  const auto& typed = *static_cast<const redisReply*>(reply.get());
  if (typed.type == REDIS_REPLY_ERROR) throw RedisError(explain_redis_error({typed.str, typed.len}));
  return reply;
}

}  // namespace esteira::runtime::cache
