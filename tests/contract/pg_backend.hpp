// The store in PostgreSQL, in a database of its own whose clock the test can move.
#pragma once

#include "contract/store_contract.hpp"

#include "pg/call_store.hpp"
#include "support/pg_test.hpp"

namespace callctl::contract {

class PgBackend : public Backend {
  public:
    PgBackend();

    [[nodiscard]] port::CallStore& store() override { return m_store; }
    void advance(std::chrono::milliseconds duration) override;
    std::int64_t insert_host(const fakes::HostRow& row) override;
    void change_host(const base::CallSid& sid,
                     const std::function<void(fakes::HostRow&)>& change) override;
    void delete_host(const base::CallSid& sid) override;
    [[nodiscard]] std::vector<fakes::HostRow> host(const base::CallSid& sid) override;
    void refuse(const std::string& text) override;

    /// Looking into the database, and doing what its owner may do.
    pg::Rows exec(const std::string& sql, const pg::Params& params = {});
    void exec_script(const std::string& sql);
    [[nodiscard]] std::string value(const std::string& sql, const pg::Params& params = {});
    /// The first commit that adds rows to the table loses its connection.
    void cut_first_commit_of(const std::string& table);
    [[nodiscard]] pg::ConnectOptions connect_options() const {
        return m_database.connect_options();
    }

    [[nodiscard]] pg::ConnectOptions direct_options() const { return m_database.direct_options(); }

  private:
    test::TestDatabase m_database;
    pg::Connection m_connection;
    pg::Pool m_pool;
    pg::PgCallStore m_store;
};

} // namespace callctl::contract
