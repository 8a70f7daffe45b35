package io.nereid.server.cache;

import io.nereid.server.config.Require;

import java.time.Duration;

/** Whether the server has a response cache, and which. Models say themselves that they want to use it. */
public sealed interface CacheConfig {
    /** There is none, and every request runs. */
    CacheConfig OFF = new Off();

    /**
     * Whether requests that are equal to one that runs wait for its answer, instead of running as well: many clients
     * that ask the same at the same time cost one execution.
     */
    boolean coalesce();

    /** No cache. */
    record Off() implements CacheConfig {
        @Override
        public boolean coalesce() {
            return false;
        }
    }

    /**
     * In the memory of the server.
     *
     * @param byteSize what entries may take; set aside from the server's total for clients for as long as it runs
     */
    record Local(long byteSize, boolean coalesce) implements CacheConfig {
        /** Checks the size. */
        public Local {
            Require.that(byteSize > 0, "byteSize: got %s (expected 1 or more)", byteSize);
        }
    }

    /**
     * In a Redis that servers may share.
     *
     * @param user empty for Redis' default user
     * @param password empty for none
     * @param database its number
     * @param connectTimeout how long connecting may take; zero for as long as it takes
     * @param socketTimeout how long an answer may take; zero for as long as it takes
     * @param poolSize connections at most
     * @param waitTimeout how long a lookup waits for one of them
     * @param tls whether the connection is encrypted, with the certificates that the JVM trusts
     */
    record Redis(String host, int port, String user, String password, int database, Duration connectTimeout,
            Duration socketTimeout, int poolSize, Duration waitTimeout, boolean tls,
            boolean coalesce) implements CacheConfig {
        /** Checks what cannot be. */
        public Redis {
            Require.that(!host.isBlank(), "host: got '%s' (expected a name or an address)", host);
            Require.that(port > 0 && port <= 65535, "port: got %s (expected 1 to 65535)", port);
            Require.that(poolSize > 0, "poolSize: got %s (expected 1 or more)", poolSize);
        }

        /** Does not show the password. */
        @Override
        public String toString() {
            return host + ":" + port + "/" + database;
        }
    }
}
