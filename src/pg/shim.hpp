// libpqxx, whose API differs between 6.4 (Debian 12) and 7.5 to 7.10 (Ubuntu 24.04, Debian 13). The
// only file that includes <pqxx> and the only one that tests its version. Private to this folder.
#pragma once

#include "pg/query.hpp"

#include <string>

// clang-format off
// libpqxx 7.8 is packaged as a C++17 library whose headers see std::source_location in C++20 and then
// fail to link (jtv/libpqxx#732, #791). 7.9 froze that choice when the library is configured.
#include <version>
#pragma push_macro("__cpp_lib_source_location")
#undef __cpp_lib_source_location
#include <pqxx/version>
#if PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR == 8
#include <pqxx/pqxx>
#pragma pop_macro("__cpp_lib_source_location")
#else
#pragma pop_macro("__cpp_lib_source_location")
#include <pqxx/pqxx>
#endif
// clang-format on

static_assert(PQXX_VERSION_MAJOR == 6 ? PQXX_VERSION_MINOR >= 4
                                      : PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 5,
              "libpqxx 6.4 or 7.5 to 7.10 is needed");

namespace callctl::pg {

struct NativeConnection {
    explicit NativeConnection(const std::string& conninfo) : session{conninfo} {}
    pqxx::connection session;
};

struct NativeResult {
    pqxx::result result;
};

/// Sizes are unsigned long or unsigned in 6.4 and int in 7.x.
template <std::integral Size>
std::size_t to_size(Size size) {
    if constexpr (std::same_as<Size, std::size_t>) {
        return size;
    } else {
        return static_cast<std::size_t>(size);
    }
}

#if PQXX_VERSION_MAJOR == 6
using BoundValues =
    std::vector<const char*>; // 6.4 knows no std::optional; a null pointer is NULL there

inline BoundValues bound(const Params& params) {
    BoundValues values;
    values.reserve(params.size());
    for (const Param& param : params) {
        values.push_back(param ? param->c_str() : nullptr);
    }
    return values;
}
#else
inline pqxx::params bound(const Params& params) {
    pqxx::params values;
    for (const Param& param : params) {
        if (param) {
            values.append(*param);
        } else {
            values.append();
        }
    }
    return values;
}
#endif

/// One statement with bound text parameters. \pre no parameter holds a NUL byte
inline pqxx::result execute(pqxx::transaction_base& transaction, const std::string& sql,
                            const Params& params) {
    const auto values = bound(params);
#if PQXX_VERSION_MAJOR == 6
    return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(values));
#elif PQXX_VERSION_MINOR >= 10
    return transaction.exec(sql, values);
#else
    return transaction.exec_params(sql, values);
#endif
}

/// The same of a statement that the connection has prepared under this name.
inline pqxx::result execute_prepared(pqxx::transaction_base& transaction, const std::string& name,
                                     const Params& params) {
    const auto values = bound(params);
#if PQXX_VERSION_MAJOR == 6
    return transaction.exec_prepared(name, pqxx::prepare::make_dynamic_params(values));
#elif PQXX_VERSION_MINOR >= 10
    return transaction.exec(pqxx::prepped{name}, values);
#else
    return transaction.exec_prepared(name, values);
#endif
}

} // namespace callctl::pg
