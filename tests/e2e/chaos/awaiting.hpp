// How coroutines learn of an error here: by a code, not by an exception.
#pragma once

// clang-format off
#include <utility> // first: Boost.Asio 1.74 uses it without including it
// clang-format on

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

namespace callctl::chaos {

inline auto told_by(boost::system::error_code& error) {
    return boost::asio::redirect_error(boost::asio::use_awaitable, error);
}

} // namespace callctl::chaos
