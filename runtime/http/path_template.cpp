#include "runtime/http/path_template.hpp"

namespace esteira::runtime::http {
namespace {

// "/a/b" to "a", "b".
std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const auto end = path.find('/');
    segments.push_back(path.substr(0, end));
    path.remove_prefix(segments.back().size());
  }
  return segments;
}

}  // namespace

PathTemplate::PathTemplate(std::string_view path) : text_(path) {
  for (const auto segment : split_path(path)) {
    const bool parameter = segment.starts_with('{') && segment.ends_with('}');
    segments_.emplace_back(parameter ? std::string_view{} : segment);
    if (parameter) ++parameters_;
  }
}

std::optional<std::vector<std::string_view>> PathTemplate::match(std::string_view path) const {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (parameters_ == 0) return path == text_ ? std::optional(std::vector<std::string_view>{}) : std::nullopt;
  const auto sent = split_path(path);
  if (sent.size() != segments_.size()) return std::nullopt;
  std::vector<std::string_view> parameters;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (sent[i].empty() || (!segments_[i].empty() && segments_[i] != sent[i])) return std::nullopt;
    if (segments_[i].empty()) parameters.push_back(sent[i]);
  }
  return parameters;
}

}  // namespace esteira::runtime::http
