#include "runtime/http/router.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "runtime/http/path_template.hpp"
#include "runtime/http/route_metrics.hpp"
#include "runtime/text/percent_decode.hpp"

namespace esteira::runtime::http {
namespace {

using Methods = std::map<std::string, Router::Route, std::less<>>;

struct Resource {
  PathTemplate path;
  Methods methods;
  std::vector<std::string> parameters_apart;  // see Router::record_apart
};

bool has_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    if (part.substr(0, part.find('=')) == name) return true;
  }
  return false;
}

// The route of a request in the metrics.
std::string route_label(const Resource& resource, std::string_view query) {
  for (const auto& parameter : resource.parameters_apart) {
    if (has_parameter(query, parameter)) return resource.path.text() + '?' + parameter;
  }
  return resource.path.text();
}

const Router::Route* find_route(const Methods& methods, std::string_view method) {
  const auto found = methods.find(method == "HEAD" ? "GET" : method);
  return found == methods.end() ? nullptr : &found->second;
}

std::string allowed_methods(const Methods& methods) {
  std::string allowed = "OPTIONS";
  for (const auto& [method, route] : methods) {
    allowed += ", " + method;
    if (method == "GET") allowed += ", HEAD";
  }
  return allowed;
}

/// All methods of the server, for "OPTIONS *".
Methods methods_of(const std::vector<Resource>& resources) {
  Methods all;
  for (const auto& resource : resources) all.insert(resource.methods.begin(), resource.methods.end());
  return all;
}

void respond_without_route(const Methods& methods, std::string_view method, Responder& responder) {
  Response response = problem(405, "This method is not allowed here. See Allow for the allowed ones.");
  if (method == "OPTIONS") {
    response = Response{};
    response.status = 204;
  }
  response.headers.emplace_back("Allow", allowed_methods(methods));
  responder.send(std::move(response));
}

std::optional<Router::Parameters> decode_all(const std::vector<std::string_view>& raw) {
  Router::Parameters parameters;
  for (const auto text : raw) {
    auto decoded = percent_decode(text);
    if (!decoded) return std::nullopt;
    parameters.push_back(*std::move(decoded));
  }
  return parameters;
}

}  // namespace

struct Router::Impl {
  // Shared, because a response may be sent after the router is destroyed.
  std::shared_ptr<RouteMetricsTable> metrics;
  std::vector<Resource> resources;  // with the fewest parameters first

  void observe(Responder& responder, std::string_view method, const std::string& route) const {
    auto& route_metrics = metrics->find(method, route);
    const auto began = std::chrono::steady_clock::now();
    responder.on_response([table = metrics, &route_metrics, began](int status) {
      route_metrics.count(status, std::chrono::steady_clock::now() - began);
    });
  }

  static void run(const Resource& resource, const std::vector<std::string_view>& raw, Request&& request,
                  Responder responder) {
    const auto* const route = find_route(resource.methods, request.method);
    if (route == nullptr) return respond_without_route(resource.methods, request.method, responder);
    const auto parameters = decode_all(raw);
    if (!parameters) return responder.send(problem(400, "The path is not valid percent-encoding. Write % as %25."));
    (*route)(std::move(request), *parameters, std::move(responder));
  }
};

Router::Router(Metrics& metrics) : impl_(std::make_unique<Impl>()) {
  impl_->metrics = std::make_shared<RouteMetricsTable>(metrics);
}

Router::~Router() = default;

void Router::add(std::string_view method, std::string_view path, Route route) {
  auto& resources = impl_->resources;
  auto place = std::find_if(resources.begin(), resources.end(), [&](const auto& r) { return r.path.text() == path; });
  if (place == resources.end()) {
    PathTemplate parsed(path);
    const auto after = std::find_if(resources.begin(), resources.end(),
                                    [&](const auto& r) { return r.path.parameters() > parsed.parameters(); });
    place = resources.insert(after, Resource{std::move(parsed), {}, {}});
  }
  place->methods[std::string(method)] = std::move(route);
  impl_->metrics->find(method, place->path.text());
}

void Router::record_apart(std::string_view path, std::string_view parameter) {
  for (auto& resource : impl_->resources) {
    if (resource.path.text() != path) continue;
    resource.parameters_apart.emplace_back(parameter);
    for (const auto& [method, route] : resource.methods) impl_->metrics->find(method, route_label(resource, parameter));
  }
}

void Router::operator()(Request&& request, Responder responder) const {
  const std::string path = request.path;  // outlives the request, as the parameters point into it
  for (const auto& resource : impl_->resources) {
    const auto raw = resource.path.match(path);
    if (!raw) continue;
    impl_->observe(responder, request.method, route_label(resource, request.query));
    return Impl::run(resource, *raw, std::move(request), std::move(responder));
  }
  if (path == "*" && request.method == "OPTIONS") {
    impl_->observe(responder, request.method, path);
    return respond_without_route(methods_of(impl_->resources), request.method, responder);
  }
  impl_->observe(responder, request.method, "unmatched");
  responder.send(problem(404, "There is no resource at this path."));
}

std::function<void(std::string_view, int)> Router::rejected_counter() const {
  return [table = impl_->metrics](std::string_view method, int status) { table->count_rejected(method, status); };
}

std::function<void(ServerOptions::Dropped)> Router::dropped_counter() const {
  return [table = impl_->metrics](ServerOptions::Dropped dropped) { table->count_dropped(dropped); };
}

}  // namespace esteira::runtime::http
