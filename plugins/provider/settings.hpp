#pragma once
#include <esteira/settings.hpp>

namespace provider {

// The settings that make_provider reads.
inline constexpr esteira::SettingSpec kUrl{
    "URL", esteira::SettingType::text, "",
    "the provider: http://, https:// or unix:/path/of/its/socket; empty: the simulated provider"};
inline constexpr esteira::SettingSpec kToken{"TOKEN", esteira::SettingType::text, "",
                                             "secret: bearer token of the requests"};
inline constexpr esteira::SettingSpec kTokenFile{
    "TOKEN_FILE", esteira::SettingType::text, "",
    "file with the bearer token, instead of TOKEN; read again for each request"};
inline constexpr esteira::SettingSpec kCaFile{
    "CA_FILE", esteira::SettingType::text, "",
    "file with the certificate authorities for https://; empty: those of the system"};
inline constexpr esteira::SettingSpec kTimeout{"TIMEOUT", esteira::SettingType::duration, "10s",
                                               "the longest time for one HTTP request to the provider"};
inline constexpr esteira::SettingSpec kDelay{"DELAY", esteira::SettingType::duration, "500ms",
                                             "response time of the simulated provider"};
/// Of the stage that asks for shipments.
inline constexpr esteira::SettingSpec kTransit{"TRANSIT", esteira::SettingType::duration, "2s",
                                               "time after its request when a simulated shipment arrives"};

}  // namespace provider
