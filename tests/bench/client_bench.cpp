// bench_client: the CPU that HTTPS requests cost the client, 64 threads at a time. For
// scripts/bench.
//
// usage: bench_client easy|callctl URL CA_FILE REQUESTS
//
// `easy`: each thread has an easy handle of libcurl's and keeps its connection. `callctl`: all ask
// our client. Prints the CPU microseconds of a request.
#include "bench/cpu.hpp"

#include "curl/http_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <atomic>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace callctl {
namespace {

constexpr int k_threads = 64;
constexpr const char* k_body = R"({"model":"none"})";

std::size_t drop(char* /*data*/, std::size_t size, std::size_t count, void* /*to*/) {
    return size * count;
}

/// As many as are left, over one connection.
void ask_by_easy_handle(const std::string& url, const std::string& ca_file,
                        std::atomic<int>& left) {
    CURL* const easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, k_body);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &drop);
    while (left-- > 0) {
        if (const CURLcode code = curl_easy_perform(easy); code != CURLE_OK) {
            throw std::runtime_error{curl_easy_strerror(code)};
        }
    }
    curl_easy_cleanup(easy);
}

void ask_by_callctl(port::HttpClient& client, const std::string& url, std::atomic<int>& left) {
    while (left-- > 0) {
        const auto reply = client.send({.method = "POST", .url = url, .body = k_body});
        if (!reply || reply->status != 200) {
            throw std::runtime_error{reply ? std::to_string(reply->status) : reply.error().message};
        }
    }
}

template <class Ask>
void in_threads(const Ask& ask) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < k_threads; ++i) {
        threads.emplace_back(ask);
    }
}

int run(const std::string& how, const std::string& url, const std::string& ca_file, int requests) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    std::atomic<int> left{requests};
    const double before = bench::cpu_seconds();
    if (how == "easy") {
        in_threads([&] { ask_by_easy_handle(url, ca_file, left); });
    } else {
        curl::CurlHttpClient client{{.ca_file = ca_file}};
        in_threads([&] { ask_by_callctl(client, url, left); });
    }
    fmt::print("{:.0f}\n", (bench::cpu_seconds() - before) * 1e6 / requests);
    return 0;
}

} // namespace
} // namespace callctl

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> arguments{argv + 1, argv + argc};
        return callctl::run(arguments.at(0), arguments.at(1), arguments.at(2),
                            std::stoi(arguments.at(3)));
    } catch (const std::exception& error) {
        std::cerr << "bench_client: " << error.what() << '\n';
        return 1;
    }
}
