package io.nereid.perf.http;

import io.nereid.perf.client.ClientOptions;
import io.nereid.perf.client.LoadGenerator;
import io.nereid.perf.client.RequestBudget;
import io.nereid.perf.client.RequestList;
import io.nereid.perf.client.Sample;
import io.nereid.perf.network.Endpoint;
import io.nereid.perf.network.TlsFiles;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Loads over connections that are encrypted, to their end. */
@Timeout(60)
class TlsLoadTest {
    private static final long PATIENCE_NANOS = 50_000_000_000L;
    private static final String PASSWORD = "changeit";
    private static final int REQUEST_BYTES = 300_000;
    private static final String SMALL = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes";
    private static final String LARGE = "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + "y".repeat(200_000);

    @TempDir
    private static Path folder;
    private static SSLContext context;

    /** The certificate as a key store, and as a file of DER; made by the JDK's keytool. */
    @BeforeAll
    static void makeCertificate() throws Exception {
        Path store = folder.resolve("server.p12");
        keytool("-genkeypair", "-keystore", store.toString(), "-alias", "a", "-keyalg", "EC", "-dname", "CN=server",
                "-ext", "san=ip:127.0.0.1", "-validity", "2");
        keytool("-exportcert", "-keystore", store.toString(), "-alias", "a", "-file",
                folder.resolve("server.crt").toString());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private static TlsFiles files(Optional<Path> roots, boolean verifiesPeer, boolean verifiesHost) {
        return new TlsFiles(roots, Optional.empty(), Optional.empty(), verifiesPeer, verifiesHost);
    }

    private static TlsFiles trusting() {
        return files(Optional.of(folder.resolve("server.crt")), true, true);
    }

    private static Endpoint endpoint(AnsweringServer server, TlsFiles files, String host) throws IOException {
        return new Endpoint(server.address(), Optional.of(files.load(host, server.address().getPort(), "http/1.1")));
    }

    private static Sample load(Endpoint endpoint, int requestBytes, int requests) throws Exception {
        return load(endpoint, 3, requestBytes, requests);
    }

    private static Sample load(Endpoint endpoint, int clients, int requestBytes, int requests) throws Exception {
        RequestList list = RequestList.of(List.of(ByteBuffer.allocateDirect(requestBytes)));
        try (LoadGenerator load = LoadGenerator.closedLoop(new HttpTransport(endpoint, list), clients, 2,
                ClientOptions.DEFAULT, RequestBudget.of(requests))) {
            assertThat(load.awaitEnd(PATIENCE_NANOS)).isTrue();
            return load.take();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void requestsAndAnswers_ofManyRecords_comeWhole(String version) throws Exception {
        try (AnsweringServer answering = new AnsweringServer(new OneVersion(context, version), REQUEST_BYTES,
                n -> n % 2 == 0 ? LARGE : SMALL)) {
            Sample sample = load(endpoint(answering, trusting(), "127.0.0.1"), REQUEST_BYTES, 60);
            assertThat(sample.errorTexts()).isEmpty();
            assertThat(sample.latencies().count()).isEqualTo(60);
            assertThat(answering.requests).hasValue(60);
            assertThat(answering.connections).hasValue(3);
        }
    }

    @Test
    void connections_thatTheServerCloses_areOpenedAgain() throws Exception {
        try (AnsweringServer answering = new AnsweringServer(context.getServerSocketFactory(), 5,
                n -> n == 3 ? "" : SMALL)) {
            Sample sample = load(endpoint(answering, trusting(), "127.0.0.1"), 1, 5, 10);
            assertThat(sample.latencies().count()).isEqualTo(9);
            assertThat(sample.errorTexts()).containsExactly("the server closed the connection");
            assertThat(answering.connections).hasValue(2);
        }
    }

    @Test
    void serverThatNobodyVouchesFor_getsNoRequest_unlessAnybodyIsTrusted() throws Exception {
        try (AnsweringServer answering = new AnsweringServer(context.getServerSocketFactory(), 5, _ -> SMALL)) {
            Endpoint careful = endpoint(answering, files(Optional.empty(), true, true), "127.0.0.1");
            assertThat(load(careful, 5, 4).failures().broken()).isEqualTo(4);
            assertThatExceptionOfType(SSLException.class).isThrownBy(() -> careful.connect(20_000).close())
                    .withMessageContaining("unable to find valid certification path");
            Endpoint careless = endpoint(answering, files(Optional.empty(), false, true), "127.0.0.1");
            assertThat(load(careless, 5, 4).latencies().count()).isEqualTo(4);
            assertThat(answering.requests).hasValue(4);
        }
    }

    @Test
    void serverOfAnotherName_getsNoRequest_unlessAnyNameIsTaken() throws Exception {
        try (AnsweringServer answering = new AnsweringServer(context.getServerSocketFactory(), 5, _ -> SMALL)) {
            assertThat(load(endpoint(answering, trusting(), "example.org"), 5, 4).failures().broken()).isEqualTo(4);
            assertThat(load(endpoint(answering, files(Optional.empty(), false, true), "example.org"), 5, 4).failures()
                    .broken()).as("also of a certificate that nobody vouches for").isEqualTo(4);
            TlsFiles anyName = files(trusting().roots(), true, false);
            assertThat(load(endpoint(answering, anyName, "example.org"), 5, 4).latencies().count()).isEqualTo(4);
        }
    }

    @Test
    void serverWithoutTls_isSaidToBe() throws Exception {
        try (AnsweringServer answering = new AnsweringServer(5, _ -> SMALL)) {
            assertThat(load(endpoint(answering, trusting(), "127.0.0.1"), 5, 1).errorTexts())
                    .hasSize(1).allMatch(text -> text.contains("recognized SSL message"));
        }
    }

    @Test
    void files_thatAreNone_areNamed() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "hello");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> files(Optional.of(text), true, true).load("h", 1, "h2"))
                .withMessageContaining(text + " has no certificate (expected PEM");
        Path nowhere = folder.resolve("nowhere");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> files(Optional.of(nowhere), true, true).load("h", 1, "h2"))
                .withMessage("cannot read " + nowhere);
        TlsFiles noKey = new TlsFiles(Optional.empty(), trusting().roots(), Optional.of(text), true, true);
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> noKey.load("h", 1, "h2"))
                .withMessageContaining("openssl pkey -in text -out plain.key");
    }
}
