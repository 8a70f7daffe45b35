package io.nereid.modelrepo.objectstore;

import com.sun.net.httpserver.HttpExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class AzureIdentityTest {
    private final TokenServer server = new TokenServer();
    private Instant now = Instant.parse("2026-12-01T00:00:00Z");

    /** Hands out tokens, and keeps what it was sent. */
    private static final class TokenServer extends ObjectServer {
        private String body = "";
        private String identityHeader = "";
        private String answer = "{\"token_type\":\"Bearer\",\"nested\":{\"access_token\":\"no\"},\"expires_in\":3600,"
                + "\"access_token\":\"T\"}";

        @Override
        void answer(HttpExchange exchange, Map<String, String> query) throws IOException {
            body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            String header = exchange.getRequestHeaders().getFirst("X-IDENTITY-HEADER");
            identityHeader = header == null ? "" : header;
            int instead = status.getAndSet(0);
            send(exchange, instead == 0 ? 200 : instead, answer);
        }
    }

    @AfterEach
    void close() {
        server.close();
    }

    private AzureIdentity identity(AzureTokenSource source) {
        return new AzureIdentity(source, () -> now, Duration.ofMillis(1));
    }

    private AzureIdentity ofMachine() {
        return identity(AzureTokenSource.ofMachine(
                Map.of("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://" + server.authority()), ""));
    }

    @Test
    void token_askedAgain_isKeptUntilItIsAboutToExpire() throws Exception {
        AzureIdentity identity = ofMachine();
        assertThat(identity.token()).isEqualTo("T");
        now = now.plus(Duration.ofMinutes(55));
        assertThat(identity.token()).isEqualTo("T");
        assertThat(server.requests).hasSize(1);
        now = now.plusSeconds(1);
        assertThat(identity.token()).isEqualTo("T");
        assertThat(server.requests).hasSize(2);
    }

    @Test
    void token_appService_isAskedWithItsHeader() throws Exception {
        server.answer = "{\"access_token\":\"T\",\"expires_on\":\"" + now.plusSeconds(301).getEpochSecond() + "\"}";
        AzureIdentity identity = identity(AzureTokenSource.found(Map.of("IDENTITY_ENDPOINT",
                "http://" + server.authority() + "/msi/token", "IDENTITY_HEADER", "H"), "c"));
        assertThat(identity.token()).isEqualTo("T");
        assertThat(identity.token()).isEqualTo("T");
        assertThat(server.identityHeader).isEqualTo("H");
        assertThat(server.requests).containsExactly("GET /msi/token?api-version=2019-08-01"
                + "&resource=https%3A%2F%2Fstorage.azure.com%2F&client_id=c");
    }

    @Test
    void token_workloadOfKubernetes_isGivenForItsFederatedToken(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("token"), "F.F\n");
        AzureIdentity identity = identity(AzureTokenSource.found(Map.of("AZURE_TENANT_ID", "tenant", "AZURE_CLIENT_ID",
                "client", "AZURE_FEDERATED_TOKEN_FILE", file.toString(), "AZURE_AUTHORITY_HOST",
                "http://" + server.authority() + "/"), ""));
        assertThat(identity.token()).isEqualTo("T");
        assertThat(server.requests).containsExactly("POST /tenant/oauth2/v2.0/token");
        assertThat(server.body.split("&")).containsExactlyInAnyOrder("grant_type=client_credentials",
                "client_id=client",
                "scope=https%3A%2F%2Fstorage.azure.com%2F.default", "client_assertion=F.F",
                "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer");
    }

    @Test
    void token_applicationWithASecret_isGivenForIt() throws Exception {
        AzureIdentity identity = identity(AzureTokenSource.found(Map.of("AZURE_TENANT_ID", "tenant", "AZURE_CLIENT_ID",
                "other", "AZURE_CLIENT_SECRET", "S=1", "AZURE_AUTHORITY_HOST", "http://" + server.authority()),
                "client"));
        assertThat(identity.token()).isEqualTo("T");
        assertThat(server.body.split("&")).contains("client_id=client", "client_secret=S%3D1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"{}", "{\"access_token\":\"SECRET",
            "{\"access_token\":\"SECRET\",\"expires_in\":\"x\"}", "no"})
    void token_answerWithoutOne_isAnErrorThatQuotesNothing(String answer) {
        server.answer = answer;
        assertThatThrownBy(() -> ofMachine().token()).isInstanceOf(IOException.class)
                .hasMessage("the answer of the service for Azure's identities has no token").hasNoCause();
    }

    @Test
    void token_identityThatTheMachineDoesNotHave_saysWhatToCheck() {
        server.status.set(400);
        assertThatThrownBy(() -> ofMachine().token()).isInstanceOf(IOException.class)
                .hasMessageContaining("answered 400; check that this machine or application has the identity");
    }
}
