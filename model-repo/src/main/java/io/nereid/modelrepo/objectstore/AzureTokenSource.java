package io.nereid.modelrepo.objectstore;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

import static io.nereid.modelrepo.objectstore.RestClient.encoded;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Where tokens for Azure Blob Storage come from.
 *
 * @param preparation what makes the request for one, anew each time
 */
record AzureTokenSource(URI uri, RestClient.Preparation preparation) {
    private static final String STORAGE = "https://storage.azure.com";

    /**
     * What Azure itself would find: a secret or a federated token of an application by the environment, as Kubernetes'
     * workload identities have it, else the machine's identity.
     */
    static AzureTokenSource found(Map<String, String> environment, String clientId) {
        String tenant = environment.getOrDefault("AZURE_TENANT_ID", "");
        String client = clientId.isEmpty() ? environment.getOrDefault("AZURE_CLIENT_ID", "") : clientId;
        String secret = environment.getOrDefault("AZURE_CLIENT_SECRET", "");
        String file = environment.getOrDefault("AZURE_FEDERATED_TOKEN_FILE", "");
        if (tenant.isEmpty() || client.isEmpty() || (secret.isEmpty() && file.isEmpty())) {
            return ofMachine(environment, clientId);
        }
        String authority = environment.getOrDefault("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com");
        URI uri = URI.create(authority + (authority.endsWith("/") ? "" : "/") + encoded(tenant) + "/oauth2/v2.0/token");
        return new AzureTokenSource(uri, (connection, _) -> {
            Map<String, String> form = new LinkedHashMap<>(Map.of("grant_type", "client_credentials", "client_id",
                    client, "scope", STORAGE + "/.default"));
            if (secret.isEmpty()) {
                form.put("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
                form.put("client_assertion", Files.readString(Path.of(file)).strip()); // it is replaced now and then
            } else {
                form.put("client_secret", secret);
            }
            post(connection, form);
        });
    }

    private static void post(HttpURLConnection connection, Map<String, String> form) throws IOException {
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/x-www-form-urlencoded");
        connection.getOutputStream().write(form.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + encoded(entry.getValue())).collect(Collectors.joining("&"))
                .getBytes(UTF_8));
    }

    /** The managed identity of an App Service, a container app or a virtual machine. */
    static AzureTokenSource ofMachine(Map<String, String> environment, String clientId) {
        String query = "resource=" + encoded(STORAGE + "/")
                + (clientId.isEmpty() ? "" : "&client_id=" + encoded(clientId));
        String app = environment.getOrDefault("IDENTITY_ENDPOINT", "");
        String header = environment.getOrDefault("IDENTITY_HEADER", "");
        if (!app.isEmpty() && !header.isEmpty()) {
            return new AzureTokenSource(URI.create(app + "?api-version=2019-08-01&" + query),
                    (connection, _) -> connection.setRequestProperty("X-IDENTITY-HEADER", header));
        }
        String host = environment.getOrDefault("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://169.254.169.254");
        return new AzureTokenSource(
                URI.create(host + "/metadata/identity/oauth2/token?api-version=2018-02-01&" + query),
                (connection, _) -> connection.setRequestProperty("Metadata", "true"));
    }
}
