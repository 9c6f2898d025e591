#pragma once
/// All that a plugin includes. Tests include <esteira/testing.hpp> besides.
#include <esteira/context.hpp>
#include <esteira/message.hpp>
#include <esteira/money.hpp>
#include <esteira/outcome.hpp>
#include <esteira/plugin.hpp>
#include <esteira/settings.hpp>
#include <esteira/stage.hpp>
