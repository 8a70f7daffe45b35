package io.nereid.modelrepo.objectstore;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;

/** By what right a storage account of Azure is asked. Thread-safe. */
sealed interface AzureAccess {
    /** Without any: enough for a public container. */
    record Anonymous() implements AzureAccess {
        @Override
        public void authorize(HttpURLConnection connection, URI uri) {
            // nothing is added
        }

        @Override
        public boolean isAnonymous() {
            return true;
        }
    }

    /** By a shared access signature, which is a part of every query. */
    record Signature(String signature) implements AzureAccess {
        @Override
        public void authorize(HttpURLConnection connection, URI uri) {
            // it is in the query
        }

        /** Says nothing of what is in it. */
        @Override
        public String toString() {
            return "Signature";
        }
    }

    /** By the account's key. */
    record Key(AzureSharedKey key) implements AzureAccess {
        @Override
        public void authorize(HttpURLConnection connection, URI uri) {
            key.sign(connection, uri);
        }
    }

    /** By a token of an identity that Azure knows. */
    record Token(AzureIdentity identity) implements AzureAccess {
        @Override
        public void authorize(HttpURLConnection connection, URI uri) throws IOException {
            connection.setRequestProperty("Authorization", "Bearer " + identity.token());
        }
    }

    /** Completes a request, which has all its other headers. May ask another service, and so block. */
    void authorize(HttpURLConnection connection, URI uri) throws IOException;

    /** What belongs to the query of every request; mostly empty. */
    default String signature() {
        return "";
    }

    /** Whether it is none at all. */
    default boolean isAnonymous() {
        return false;
    }
}
