#include "tests/integration/http/sample_server.hpp"

#include <stdexcept>

namespace esteira::test {
namespace {

using runtime::http::Request;
using runtime::http::Responder;
using runtime::http::Response;

constexpr int kRespondingThreads = 2;

Response with_body(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

Response with_echo(std::string query) {
  for (auto at = query.find('~'); at != std::string::npos; at = query.find('~')) query.replace(at, 1, "\r\n");
  Response response;
  response.headers.emplace_back("X-Echo", query);
  return response;
}

}  // namespace

struct SampleServer::Queue : runtime::BatchQueue<Waiting> {};

runtime::http::ServerOptions on_a_free_port() {
  runtime::http::ServerOptions options;
  options.listen = {"127.0.0.1", 0};
  return options;
}

SampleServer::SampleServer(runtime::http::ServerOptions options)
    : later_(std::make_unique<Queue>()), held_(std::make_unique<Queue>()) {
  server_ = std::make_unique<runtime::http::Server>(std::move(options), [this](Request&& request, Responder responder) {
    handle(std::move(request), std::move(responder));
  });
  for (int i = 0; i < kRespondingThreads; ++i) threads_.emplace_back([this] { respond_later(); });
}

SampleServer::~SampleServer() {
  server_.reset();
  later_->close();
  for (auto& thread : threads_) thread.join();
}

bool SampleServer::release() {
  auto waiting = held_->pop_for(1, std::chrono::seconds(0));
  if (waiting.empty()) return false;
  waiting.front().responder.send(with_body(std::move(waiting.front().body)));
  return true;
}

void SampleServer::respond_later() const {
  for (auto batch = later_->pop(1); !batch.empty(); batch = later_->pop(1)) {
    batch.front().responder.send(with_body(std::move(batch.front().body)));
  }
}

void SampleServer::handle(Request&& request, Responder responder) {
  ++handled_;
  if (request.path == "/throw") throw std::runtime_error("the secret password");
  if (request.path == "/throw-int") throw 42;
  if (request.path == "/drop") return;
  if (request.path == "/later") {
    later_->push({std::move(responder), std::move(request.body)});
  } else if (request.path == "/hold") {
    held_->push({std::move(responder), std::move(request.body)});
  } else if (request.path == "/big") {
    responder.send(with_body(std::string(kBigBody, 'b')));
  } else if (request.path == "/echo-header") {
    responder.send(with_echo(request.query));
  } else {
    responder.send(with_body(std::move(request.body)));
  }
}

std::string post(const std::string& path, const std::string& body, const std::string& headers) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

}  // namespace esteira::test
