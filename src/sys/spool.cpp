#include "sys/spool.hpp"

#include "base/exception.hpp"
#include "sys/spool_format.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace callctl::sys {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(std::span<const std::string> records) {
    std::string bytes;
    for (const std::string& record : records) {
        bytes += framed(record);
    }
    return bytes;
}

} // namespace

Spool::Spool(fs::path folder, SpoolOptions options)
    : m_folder{std::move(folder)}, m_options{std::move(options)} {
    std::error_code error;
    if (fs::create_directories(m_folder, error)) {
        // A name is durable once the folder that it is in is.
        error = sync_folder(m_folder.parent_path())
                    ? std::error_code{}
                    : std::error_code{errno, std::generic_category()};
    }
    if (!error && ::access(m_folder.c_str(), R_OK | W_OK | X_OK) != 0) {
        error = {errno, std::generic_category()};
    }
    if (error) {
        throw base::ConfigError{
            fmt::format("the spool {} cannot be written to: {}", m_folder.string(),
                        error.message()),
            "create it for the user that runs callctl, or set CALLCTL_STATE_DIR"};
    }
    fs::permissions(m_folder, fs::perms::owner_all, error); // phone numbers; it may not be ours
    take_over();
}

// Of dead processes, before there is anything of our own.
void Spool::take_over() {
    for (const fs::path& path : spool_files_in(m_folder)) {
        auto taken = SpoolFile::take(path);
        if (!taken) {
            report(taken.error().message + "; what it holds waits for the next start");
        }
        if (!taken || !*taken) {
            continue;
        }
        SpoolFile& file = **taken;
        const auto unread = file.read().records.size();
        file.rewind();
        m_records += unread;
        m_bytes += file.size();
        m_parts.push_back({std::move(file), unread});
    }
}

base::Result<Spool::Part*> Spool::part_to_write() {
    if (m_last_is_open && m_parts.back().file.takes_more() &&
        m_parts.back().file.size() < m_options.file_bytes) {
        return &m_parts.back();
    }
    auto file = SpoolFile::create(m_folder);
    if (!file) {
        return base::fail(file.error());
    }
    m_parts.push_back({std::move(*file)});
    m_last_is_open = true;
    return &m_parts.back();
}

base::Result<void> Spool::append(std::span<const std::string> records) {
    const auto too_long = [](const std::string& record) {
        return record.size() > k_longest_record;
    };
    if (std::ranges::any_of(records, too_long)) {
        throw base::BugError{"a record is too long for the spool"};
    }
    const std::string bytes = bytes_of(records);
    const std::scoped_lock lock{m_mutex};
    if (m_bytes + bytes.size() > m_options.max_bytes) {
        return base::fail(base::ErrorKind::conflict,
                          fmt::format("the spool {} is full: {} of {} bytes", m_folder.string(),
                                      m_bytes.load(), m_options.max_bytes));
    }
    const auto part = part_to_write();
    if (!part) {
        return base::fail(part.error());
    }
    if (auto appended = (*part)->file.append(bytes); !appended) {
        drop_if_useless(**part);
        return appended;
    }
    (*part)->unread += records.size();
    m_records += records.size();
    m_bytes += bytes.size();
    return {};
}

// A disk that takes names but no data would be given file after file, each with a descriptor.
void Spool::drop_if_useless(Part& last) {
    if (!last.file.takes_more() && last.file.size() == 0) {
        last.file.finish();
        m_parts.pop_back();
        m_last_is_open = false;
    }
}

void Spool::report(const std::string& fault) const {
    if (m_options.on_fault) {
        m_options.on_fault(fault);
    }
}

void Spool::drop_done_files() {
    while (!m_parts.empty() && m_parts.front().loaded == 0 && m_parts.front().file.is_read()) {
        m_bytes -= m_parts.front().file.size();
        m_parts.front().file.finish();
        m_last_is_open = m_last_is_open && m_parts.size() > 1;
        m_parts.pop_front();
    }
}

void Spool::load_file(Part& part) {
    auto content = part.file.read();
    if (!content.damage.empty()) {
        report(
            fmt::format("{}: {}; the file is kept in damaged/", part.file.name(), content.damage));
    }
    // What was damaged since it was counted does not come any more.
    m_records -= std::exchange(part.unread, 0);
    m_records += content.records.size();
    part.loaded += content.records.size();
    std::ranges::move(content.records, std::back_inserter(m_loaded));
}

// In order: a file is read once those before it are.
void Spool::load(std::size_t most) {
    for (Part& part : m_parts) {
        if (m_loaded.size() >= most) {
            break;
        }
        if (!part.file.is_read()) {
            load_file(part);
        }
    }
}

std::vector<std::string> Spool::oldest(std::size_t most) {
    const std::scoped_lock lock{m_mutex};
    load(most);
    const auto count = static_cast<std::ptrdiff_t>(std::min(most, m_loaded.size()));
    return {m_loaded.begin(), m_loaded.begin() + count};
}

void Spool::remove(std::size_t count) {
    const std::scoped_lock lock{m_mutex};
    drop_done_files();
    for (; count > 0 && !m_loaded.empty(); --count) {
        m_loaded.pop_front();
        --m_parts.front().loaded;
        --m_records;
        drop_done_files();
    }
}

void Spool::set_aside_oldest(std::string_view why) {
    {
        const std::scoped_lock lock{m_mutex};
        if (m_loaded.empty()) {
            return;
        }
        drop_done_files(); // else the first may be one that held no record
        m_parts.front().file.keep();
        report(
            fmt::format("{}: {}; the file is kept in damaged/", m_parts.front().file.name(), why));
    }
    remove(1);
}

port::Spool::Depth Spool::depth() const {
    return {.records = m_records, .bytes = m_bytes};
}

} // namespace callctl::sys
