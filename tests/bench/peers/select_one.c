/* The least that a program can do with PostgreSQL: it connects to DATABASE_URL and asks one question. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    PGconn *connection = PQconnectdb(getenv("DATABASE_URL"));
    PGresult *result = PQexec(connection, "SELECT 1");
    int failed = PQresultStatus(result) != PGRES_TUPLES_OK;
    if (failed)
        fprintf(stderr, "%s", PQerrorMessage(connection));
    else
        printf("%s\n", PQgetvalue(result, 0, 0));
    PQclear(result);
    PQfinish(connection);
    return failed;
}
