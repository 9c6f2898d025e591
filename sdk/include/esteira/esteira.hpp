#pragma once
/// Includes all that a plugin needs. Tests also include <esteira/testing.hpp>.
#include <esteira/context.hpp>
#include <esteira/message.hpp>
#include <esteira/money.hpp>
#include <esteira/outcome.hpp>
#include <esteira/plugin.hpp>
#include <esteira/settings.hpp>
#include <esteira/stage.hpp>
