#include "audio/sndfile_library.hpp"

#include "base/shared_library.hpp"

namespace callctl::audio {

const SndfileLibrary& sndfile() {
    static const SndfileLibrary k_library = [] {
        const base::SharedLibrary file{"libsndfile.so.1"};
        return SndfileLibrary{
            .close = file.function<decltype(::sf_close)>("sf_close"),
            .command = file.function<decltype(::sf_command)>("sf_command"),
            .open = file.function<decltype(::sf_open)>("sf_open"),
            .open_virtual = file.function<decltype(::sf_open_virtual)>("sf_open_virtual"),
            .readf_short = file.function<decltype(::sf_readf_short)>("sf_readf_short"),
            .seek = file.function<decltype(::sf_seek)>("sf_seek"),
            .strerror = file.function<decltype(::sf_strerror)>("sf_strerror"),
            .writef_short = file.function<decltype(::sf_writef_short)>("sf_writef_short")};
    }();
    return k_library;
}

} // namespace callctl::audio
