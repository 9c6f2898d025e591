#include "http_client/endpoint.hpp"

#include <curl/curl.h>
#include <sys/un.h>

#include <memory>
#include <stdexcept>

namespace http_client {
namespace {

constexpr const char* kUnix = "unix:";

using ParsedUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part_of(const ParsedUrl& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return text;
}

Endpoint parse_unix(const std::string& text) {
  const auto path = text.substr(std::string(kUnix).size());
  const auto colon = path.find(':');
  Endpoint endpoint;
  endpoint.unix_socket = path.substr(0, colon);
  endpoint.place = endpoint.unix_socket;
  const auto target = colon == std::string::npos ? std::string("/") : path.substr(colon + 1);
  if (!endpoint.unix_socket.starts_with('/') || !target.starts_with('/'))
    throw std::invalid_argument("URL should be unix:/path/of/the/socket, or unix:/path/of/the/socket:/path");
  if (endpoint.unix_socket.size() >= sizeof(sockaddr_un::sun_path))
    throw std::invalid_argument("URL: the path of a Unix socket has at most " +
                                std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
  endpoint.url = "http://localhost" + target;
  return endpoint;
}

}  // namespace

Endpoint Endpoint::parse(const std::string& text) {
  auto endpoint = text.starts_with(kUnix) ? parse_unix(text) : Endpoint{text, "", ""};
  const ParsedUrl url(curl_url(), &curl_url_cleanup);
  const auto& address = endpoint.url;
  if ((!address.starts_with("http://") && !address.starts_with("https://")) ||
      curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK)
    throw std::invalid_argument("URL should be an http:// or https:// address, or unix:/path/of/the/socket");
  if (endpoint.place.empty()) endpoint.place = part_of(url, CURLUPART_HOST) + ":" + part_of(url, CURLUPART_PORT);
  return endpoint;
}

}  // namespace http_client
