// libsndfile, loaded when the first recording is read. Internal to src/audio.
#pragma once

#include <sndfile.h>

namespace callctl::audio {

struct SndfileLibrary {
    decltype(::sf_close)* close;
    decltype(::sf_command)* command;
    decltype(::sf_open)* open;
    decltype(::sf_open_virtual)* open_virtual;
    decltype(::sf_readf_short)* readf_short;
    decltype(::sf_seek)* seek;
    decltype(::sf_strerror)* strerror;
    decltype(::sf_writef_short)* writef_short;
};

/// Throws base::ConfigError when it is not installed.
[[nodiscard]] const SndfileLibrary& sndfile();

} // namespace callctl::audio
