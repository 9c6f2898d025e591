#pragma once

namespace esteira::runtime {

/// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed. Call it first in `main`, before anything
/// opens a descriptor: else a socket gets one of these numbers and log lines are written into it. Ends the process with
/// 1 when /dev/null cannot be opened: there is nowhere to report that.
void open_standard_descriptors();

}  // namespace esteira::runtime
