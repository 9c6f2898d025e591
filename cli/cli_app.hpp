#pragma once

/// The command line's parser, declared here so that a command's header need not include all of CLI11.
namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}  // namespace CLI
