package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.ModelRepositoryException;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A storage account of Azure and what is known of how to get into it.
 *
 * @param endpoint the address of its blobs, without a slash at the end
 * @param authType how: {@code key}, {@code managed_identity} or {@code default}
 * @param key empty where there is none
 * @param signature a shared access signature; empty where there is none
 * @param clientId which of several identities of the machine; empty for its only one
 */
record AzureAccount(String name, String endpoint, String authType, String key, String signature, String clientId) {
    private static final String KEY = "key";
    private static final String CONNECTION_STRING = "AZURE_STORAGE_CONNECTION_STRING";

    /**
     * What the file of credentials says, or where it has nothing for this place the environment, completed by a
     * connection string for this account.
     *
     * @throws ModelRepositoryException if what is said contradicts itself; the text quotes no secrets
     */
    static AzureAccount of(ObjectLocation place, Map<String, String> file, Map<String, String> environment) {
        Map<String, String> given = file.isEmpty() ? Map.of(
                "account_str", environment.getOrDefault("AZURE_STORAGE_ACCOUNT", ""),
                "account_key", environment.getOrDefault("AZURE_STORAGE_KEY", ""),
                "auth_type", environment.getOrDefault("AZURE_STORAGE_AUTH_TYPE", ""),
                "client_id", environment.getOrDefault("AZURE_STORAGE_CLIENT_ID", "")) : file;
        String located = place.endpoint().substring("https://".length());
        String other = given.getOrDefault("account_str", "");
        String name = other.isEmpty() ? located.substring(0, located.indexOf('.')) : other;
        Map<String, String> connection = connection(environment.getOrDefault(CONNECTION_STRING, ""), name);
        String key = given.getOrDefault("account_key", "");
        String authType = given.getOrDefault("auth_type", "");
        boolean decided = !key.isEmpty() || !authType.isEmpty();
        return new AzureAccount(name,
                endpoint(connection, other.isEmpty() ? place.endpoint() : ObjectLocation.azureEndpoint(other)),
                authType.isEmpty() ? KEY : authType, decided ? key : connection.getOrDefault("AccountKey", ""),
                decided ? "" : connection.getOrDefault("SharedAccessSignature", ""),
                given.getOrDefault("client_id", ""));
    }

    private static Map<String, String> connection(String text, String account) {
        Map<String, String> connection = new LinkedHashMap<>();
        for (String part : text.split(";")) {
            int equals = part.indexOf('=');
            if (part.isBlank()) {
                continue; // behind the last semicolon
            }
            if (equals < 0) {
                throw new ModelRepositoryException(CONNECTION_STRING + " is no connection string: expected"
                        + " AccountName=...;AccountKey=...;BlobEndpoint=..., parts as name=value between semicolons");
            }
            connection.put(part.substring(0, equals).strip(), part.substring(equals + 1).strip());
        }
        return connection.getOrDefault("AccountName", account).equals(account) ? connection : Map.of();
    }

    private static String endpoint(Map<String, String> connection, String otherwise) {
        String endpoint = connection.getOrDefault("BlobEndpoint", otherwise);
        if (!endpoint.matches("https?://[^/?@]+(/[^?@]*)?")) {
            throw new ModelRepositoryException(CONNECTION_STRING + ": BlobEndpoint is no address as"
                    + " https://account.blob.core.windows.net");
        }
        return endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
    }

    /** The way in; whether it is open is found out when the account is asked. */
    AzureAccess access(Map<String, String> environment, InstantSource clock, Duration pause) {
        return switch (authType) {
            case KEY -> byKey(clock);
            case "managed_identity" -> new AzureAccess.Token(
                    new AzureIdentity(AzureTokenSource.ofMachine(environment, clientId), clock, pause));
            case "default" -> new AzureAccess.Token(
                    new AzureIdentity(AzureTokenSource.found(environment, clientId), clock, pause));
            default -> throw new ModelRepositoryException("AZURE_STORAGE_AUTH_TYPE: got '" + authType
                    + "' (expected key, managed_identity or default)");
        };
    }

    private AzureAccess byKey(InstantSource clock) {
        if (!key.isEmpty()) {
            try {
                return new AzureAccess.Key(new AzureSharedKey(name, key, clock));
            } catch (IllegalArgumentException _) {
                throw new ModelRepositoryException("the key of the Azure storage account '" + name
                        + "' cannot be used: it must be in base 64, as Azure shows it");
            }
        }
        return signature.isEmpty() ? new AzureAccess.Anonymous()
                : new AzureAccess.Signature(signature.startsWith("?") ? signature.substring(1) : signature);
    }

    /** Says nothing secret. */
    @Override
    public String toString() {
        return "AzureAccount[" + name + ", " + authType + "]";
    }
}
