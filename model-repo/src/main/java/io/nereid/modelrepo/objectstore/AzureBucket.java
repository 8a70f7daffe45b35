package io.nereid.modelrepo.objectstore;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

import static io.nereid.modelrepo.objectstore.RestClient.encoded;

/** A container of Azure Blob Storage, by its REST interface (docs/decisions/0007). */
final class AzureBucket implements PagedBucket {
    private static final String VERSION = "2021-12-02";

    private final String endpoint;
    private final String container;
    private final AzureAccess access;
    private final RestClient client;

    private AzureBucket(String endpoint, String container, AzureAccess access, Duration pause) {
        this.endpoint = endpoint;
        this.container = container;
        this.access = access;
        this.client = new RestClient("Azure Blob Storage", pause, this::error);
    }

    /**
     * A container; it is not asked yet.
     *
     * @param credentials what the file of credentials says for it; where it says nothing the environment does, and where
     *     nobody does the container is asked without credentials
     * @param pause before it is asked again where it does not answer, twice as long each time
     */
    static AzureBucket open(ObjectLocation place, Map<String, String> credentials, Map<String, String> environment,
            Duration pause) {
        AzureAccount account = AzureAccount.of(place, credentials, environment);
        return new AzureBucket(account.endpoint(), place.bucket(),
                account.access(environment, InstantSource.system(), pause), pause);
    }

    /** With metadata: they tell the folders of Azure's hierarchical namespaces from empty objects. */
    @Override
    public Page page(String prefix, boolean byFolder, String token) throws IOException {
        return client.list(
                uri("?restype=container&comp=list&include=metadata&prefix=" + encoded(prefix)
                        + (byFolder ? "&delimiter=%2F" : "") + (token.isEmpty() ? "" : "&marker=" + encoded(token))),
                (connection, uri) -> prepare(connection, uri, ""), AzurePage::read);
    }

    @Override
    public void download(Item item, Path file) throws IOException {
        client.download(uri("/" + encoded(item.key()).replace("%2F", "/")), item.key(),
                (connection, uri) -> prepare(connection, uri, item.tag()), file);
    }

    private URI uri(String rest) {
        String uri = endpoint + "/" + container + rest;
        String signature = access.signature();
        return URI.create(signature.isEmpty() ? uri : uri + (uri.contains("?") ? "&" : "?") + signature);
    }

    private void prepare(HttpURLConnection connection, URI uri, String tag) throws IOException {
        connection.setRequestProperty("x-ms-version", VERSION);
        if (!tag.isEmpty()) {
            connection.setRequestProperty("If-Match", tag);
        }
        access.authorize(connection, uri);
    }

    /** Only what the service calls its error: texts of services may repeat what was sent to them. */
    private IOException error(int status, HttpURLConnection answer) {
        String code = answer.getHeaderField("x-ms-error-code");
        String hint = switch (status) {
            case 400 -> "; check the account and its key";
            case 401, 403, 409 -> access.isAnonymous()
                    ? "; it is not public, give AZURE_STORAGE_KEY or AZURE_STORAGE_AUTH_TYPE"
                    : "; check the credentials and what they may do (the role Storage Blob Data Reader)";
            case 404 -> access.isAnonymous()
                    ? "; check the names of the account and the container, and give AZURE_STORAGE_KEY or"
                            + " AZURE_STORAGE_AUTH_TYPE if it is not public"
                    : "; check the names of the account and the container";
            default -> "";
        };
        return new IOException("container '" + container + "' answered " + status
                + (code == null ? "" : " " + code) + hint);
    }

    @Override
    public void close() {
        // connections are closed one by one
    }
}
