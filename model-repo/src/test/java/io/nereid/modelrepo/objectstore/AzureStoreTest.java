package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.ModelRepositoryException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class AzureStoreTest extends ObjectStoreContract {
    private static final String KEY = "c2VjcmV0LWtleQ==";

    private final AzureServer server = new AzureServer();

    @Override
    ObjectServer server() {
        return server;
    }

    @Override
    String location(String path) {
        return "as://" + AzureServer.ACCOUNT + "/" + ObjectServer.BUCKET + path;
    }

    @Override
    Map<String, String> environment() {
        return environment("AccountName=" + AzureServer.ACCOUNT + ";AccountKey=" + KEY, Map.of());
    }

    private Map<String, String> environment(String connection, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("AZURE_STORAGE_CONNECTION_STRING", connection + ";BlobEndpoint=" + server.endpoint() + "/;");
        return environment;
    }

    private void list(Map<String, String> environment) {
        server.put("m/1/x", "");
        assertThat(new ModelStores(environment).open(location("")).list()).containsExactly("m");
    }

    @Test
    void list_keyInTheConnectionString_signs() {
        list(environment());
        assertThat(server.authorizations)
                .allSatisfy(value -> assertThat(value).startsWith("SharedKey " + AzureServer.ACCOUNT + ":"));
    }

    @Test
    void list_keyAndAccountAsTritonNamesThem_sign() {
        list(environment("", Map.of("AZURE_STORAGE_ACCOUNT", AzureServer.ACCOUNT, "AZURE_STORAGE_KEY", KEY)));
        assertThat(server.authorizations).allSatisfy(value -> assertThat(value).startsWith("SharedKey "));
    }

    @Test
    void list_keyInTheFileOfCredentials_signsAsThatAccount(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("c.json"), "{\"as\": {\"as://" + AzureServer.ACCOUNT
                + "\": {\"account_str\": \"another\", \"account_key\": \"" + KEY + "\"}}}");
        list(environment("", Map.of("TRITON_CLOUD_CREDENTIAL_PATH", file.toString())));
        assertThat(server.authorizations).allSatisfy(value -> assertThat(value).startsWith("SharedKey another:"));
    }

    @Test
    void list_sharedAccessSignature_isPartOfEveryQuery() {
        list(environment("SharedAccessSignature=?sv=2022&sig=a%2Fb", Map.of()));
        assertThat(server.requests).allSatisfy(request -> assertThat(request).endsWith("&sv=2022&sig=a%2Fb"));
        assertThat(server.authorizations).containsOnly("");
    }

    @Test
    void list_nothingGiven_asksWithoutCredentials() {
        list(environment("", Map.of()));
        assertThat(server.authorizations).containsOnly("");
    }

    @ParameterizedTest
    @ValueSource(strings = {"managed_identity", "default"})
    void list_managedIdentity_asksForOneTokenAndUsesIt(String authType) {
        Map<String, String> environment = environment("", Map.of("AZURE_STORAGE_AUTH_TYPE", authType,
                "AZURE_STORAGE_CLIENT_ID", "an id", "AZURE_POD_IDENTITY_AUTHORITY_HOST",
                "http://" + server.authority()));
        list(environment);
        assertThat(server.requests.getFirst()).isEqualTo("GET /metadata/identity/oauth2/token?api-version=2018-02-01"
                + "&resource=https%3A%2F%2Fstorage.azure.com%2F&client_id=an%20id");
        assertThat(server.authorizations.subList(1, server.authorizations.size())).isNotEmpty()
                .containsOnly("Bearer TOKEN");
    }

    @ParameterizedTest
    @CsvSource({"403, AZURE_STORAGE_KEY=c2VjcmV0LWtleQ==, '403 SomeCode; check the credentials and what they may do'",
            "401, X=, '401 SomeCode; it is not public'", "404, X=, '404 SomeCode; check the names'",
            "400, X=, '400 SomeCode; check the account'", "418, X=, '418 SomeCode'"})
    void list_refusedByTheStore_saysWhatToCheckAndAsksOnce(int status, String variable, String said) {
        int equals = variable.indexOf('=');
        server.status.set(status);
        assertThatThrownBy(() -> new ModelStores(environment("",
                Map.of(variable.substring(0, equals), variable.substring(equals + 1)))).open(location("")).list())
                .isInstanceOf(ModelRepositoryException.class)
                .hasMessageContaining("container '" + ObjectServer.BUCKET + "' answered " + said);
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void list_answerThatIsNoList_saysSo() {
        server.status.set(200);
        assertThatThrownBy(() -> open("").list()).hasMessageContaining("is no list of objects");
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 412})
    void fetch_objectGoneAfterTheListing_isCopiedAgain(int status) {
        server.put("m/1/x", "content");
        AtomicInteger downloads = new AtomicInteger();
        server.beforeDownload = _ -> server.status.set(downloads.incrementAndGet() == 1 ? status : 0);
        ModelFiles files = open("").fetch("m");
        assertThat(files.directory().path().resolve("1/x")).hasContent("content");
        files.release();
    }

    @Test
    void fetch_namesWithSpecialCharacters_areAskedForAsTheyAre() {
        List<String> names = List.of("a b+c&d=e?f#g%h<i", "\u00fc\u4e2d", "[x]");
        names.forEach(name -> server.put("m/1/" + name, "content"));
        ModelFiles files = open("").fetch("m");
        names.forEach(name -> assertThat(files.directory().path().resolve("1/" + name)).hasContent("content"));
        files.release();
    }

    @Test
    void fetch_foldersOfAHierarchicalNamespace_becomeDirectories() {
        server.put("m", "FOLDER");
        server.put("m/1", "FOLDER");
        server.put("m/2", "STUB");
        server.put("m/1/x", "content");
        ModelFiles files = open("").fetch("m");
        assertThat(files.directory().path().resolve("1/x")).hasContent("content");
        assertThat(files.directory().path().resolve("2")).isEmptyDirectory();
        files.release();
    }

    @ParameterizedTest
    @CsvSource({"AZURE_STORAGE_KEY, SEC*RET, must be in base 64",
            "AZURE_STORAGE_AUTH_TYPE, password, 'got ''password'' (expected key, managed_identity or default)'",
            "AZURE_STORAGE_CONNECTION_STRING, SECRET, is no connection string",
            "AZURE_STORAGE_CONNECTION_STRING, BlobEndpoint=SECRET, BlobEndpoint is no address"})
    void open_settingThatIsNone_isRefusedWithoutSecrets(String variable, String value, String said) {
        assertThatThrownBy(() -> new ModelStores(Map.of(variable, value)).open(location("")))
                .isInstanceOf(ModelRepositoryException.class).hasMessageContaining(said)
                .hasMessageNotContaining("SEC").hasNoCause();
    }

    @Test
    void open_locationWithAQuery_isRefusedAndNotQuoted() {
        assertThatThrownBy(() -> ModelStores.check(location("?sv=1&sig=SECRET")))
                .hasMessageContaining("must not have '?'").hasMessageNotContaining("SECRET");
    }

    @ParameterizedTest
    @CsvSource({"as://acct/models, https://acct.blob.core.windows.net, acct",
            "as://acct.blob.core.windows.net/models/x, https://acct.blob.core.windows.net, acct",
            "as://acct.blob.core.chinacloudapi.cn/models, https://acct.blob.core.chinacloudapi.cn, acct"})
    void account_ofALocation_hasItsAddress(String location, String endpoint, String name) {
        AzureAccount account = AzureAccount.of(ObjectLocation.parse(location), Map.of(), Map.of());
        assertThat(account.endpoint()).isEqualTo(endpoint);
        assertThat(account.name()).isEqualTo(name);
    }

    @Test
    void account_connectionStringOfAnother_isNotUsed() {
        AzureAccount account = AzureAccount.of(ObjectLocation.parse("as://acct/models"), Map.of(),
                Map.of("AZURE_STORAGE_CONNECTION_STRING", "AccountName=another;AccountKey=" + KEY));
        assertThat(account.key()).isEmpty();
    }

    /** The signature is what Python's hmac makes of the text in Azure's documentation of "Shared Key". */
    @Test
    void sign_requestWithAQueryAndATag_hasAzuresSignature() throws Exception {
        URI uri = URI.create("http://127.0.0.1:1/acct/models?restype=container&comp=list&prefix=a%20b%2F");
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        Map<String, String> headers = new HashMap<>();
        HttpURLConnection recorded = new RecordedHeaders(connection, headers);
        recorded.setRequestProperty("x-ms-version", "2021-12-02");
        recorded.setRequestProperty("If-Match", "\"0x1\"");
        new AzureSharedKey("acct", KEY, InstantSource.fixed(Instant.parse("2026-12-01T09:08:07Z"))).sign(recorded, uri);
        assertThat(headers.get("x-ms-date")).isEqualTo("Tue, 01 Dec 2026 09:08:07 GMT");
        assertThat(headers.get("Authorization"))
                .isEqualTo("SharedKey acct:3BvI7Q1ufFzFnMLhSZNnB0qO3vDq19JFEBCEDgskBMk=");
    }

    /** A connection that is never made: the JDK's own does not show what authorizes. */
    private static final class RecordedHeaders extends HttpURLConnection {
        private final Map<String, String> headers;

        RecordedHeaders(HttpURLConnection like, Map<String, String> headers) {
            super(like.getURL());
            this.headers = headers;
        }

        @Override
        public void setRequestProperty(String name, String value) {
            headers.put(name, value);
        }

        @Override
        public @Nullable String getRequestProperty(String name) {
            return headers.get(name);
        }

        @Override
        public void connect() {
            throw new IllegalStateException("not to be connected");
        }

        @Override
        public void disconnect() {
            // it never was
        }

        @Override
        public boolean usingProxy() {
            return false;
        }
    }
}
