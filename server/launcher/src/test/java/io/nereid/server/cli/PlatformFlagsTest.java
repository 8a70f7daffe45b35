package io.nereid.server.cli;

import io.nereid.server.ServerConfig;
import io.nereid.server.config.UsageException;
import io.nereid.server.http.sagemaker.InferenceType;
import io.nereid.server.http.sagemaker.PingMode;
import io.nereid.server.http.sagemaker.SageMakerConfig;
import io.nereid.server.http.vertexai.VertexAiConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** The ports of cloud platforms: what flags and environment make of them. */
class PlatformFlagsTest {
    private static final Map<String, String> PREDICTION = Map.of("AIP_MODE", "PREDICTION", "AIP_HTTP_PORT", "8123",
            "AIP_PREDICT_ROUTE", "/predict", "AIP_HEALTH_ROUTE", "/health");

    @TempDir
    private Path folder;

    private ServerConfig read(Map<String, String> environment, String... arguments) throws UsageException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--model-repository=" + folder);
        return new ConfigFromFlags(CommandLineParser.parse(all), environment).read();
    }

    private void refused(Map<String, String> environment, String message, String... arguments) {
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> read(environment, arguments))
                .withMessageStartingWith(message);
    }

    private static Map<String, String> with(String name, String value) {
        Map<String, String> environment = new HashMap<>(PREDICTION);
        environment.put(name, value);
        return environment;
    }

    @Test
    void read_nothingAskedFor_isNone() throws UsageException {
        ServerConfig config = read(Map.of("AIP_HTTP_PORT", "1", "SAGEMAKER_TRITON_PING_MODE", "nonsense"));
        assertThat(config.sageMaker()).isEmpty();
        assertThat(config.vertexAi()).isEmpty();
        assertThat(config.http().enabled()).isTrue();
    }

    @Test
    void read_predictionMode_isVertexAiWithoutHttpAndGrpc() throws UsageException {
        ServerConfig config = read(PREDICTION);
        assertThat(config.vertexAi())
                .contains(VertexAiConfig.DEFAULT.withPort(8123).withRoutes("/predict", "/health"));
        assertThat(config.http().enabled()).isFalse();
        assertThat(config.grpc().enabled()).isFalse();
        assertThat(config.metrics().enabled()).isTrue();
    }

    @Test
    void read_predictionMode_flagsAreStronger() throws UsageException {
        ServerConfig config = read(PREDICTION, "--allow-http=true", "--vertex-ai-port=9");
        assertThat(config.http().enabled()).isTrue();
        assertThat(config.grpc().enabled()).isFalse();
        assertThat(config.vertexAi()).map(VertexAiConfig::port).contains(9);
        assertThat(read(PREDICTION, "--allow-vertex-ai=false", "--allow-grpc").vertexAi()).isEmpty();
        refused(PREDICTION, "--allow-http=false and --allow-grpc=false: nothing is left", "--allow-vertex-ai=false");
        refused(with("AIP_HTTP_PORT", "zz"),
                "AIP_HTTP_PORT in the environment: got 'zz' (expected a whole number from 0 to 65535)");
    }

    @Test
    void read_otherMode_changesNothing() throws UsageException {
        ServerConfig config = read(with("AIP_MODE", "TRAINING"));
        assertThat(config.vertexAi()).isEmpty();
        assertThat(config.http().enabled()).isTrue();
    }

    @Test
    void read_storageOfVertexAi_isTheRepositoryWhereNoneIsGiven() throws UsageException {
        Map<String, String> environment = with("AIP_STORAGE_URI", folder.toString());
        assertThat(new ConfigFromFlags(CommandLineParser.parse(List.of()), environment).read().repositories()
                .locations()).containsExactly(folder.toString());
        assertThat(read(with("AIP_STORAGE_URI", "/elsewhere")).repositories().locations())
                .containsExactly(folder.toString());
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> new ConfigFromFlags(CommandLineParser.parse(List.of("--allow-vertex-ai=0")),
                        environment).read());
    }

    @Test
    void read_sageMaker_environmentSaysTheRest() throws UsageException {
        assertThat(read(Map.of(), "--allow-sagemaker").sageMaker()).contains(SageMakerConfig.DEFAULT);
        Map<String, String> environment = Map.of("SAGEMAKER_TRITON_PING_MODE", "live",
                "SAGEMAKER_TRITON_INFERENCE_TYPE", "generate_stream", "SAGEMAKER_TRITON_DEFAULT_MODEL_NAME", "m");
        assertThat(read(environment, "--allow-sagemaker").sageMaker()).contains(SageMakerConfig.DEFAULT
                .withPing(PingMode.LIVE).withInference(InferenceType.GENERATE_STREAM).withDefaultModel("m"));
        refused(Map.of("SAGEMAKER_TRITON_PING_MODE", "alive"), "SAGEMAKER_TRITON_PING_MODE in the environment: got"
                + " 'alive' (expected one of ready, live)", "--allow-sagemaker");
        refused(Map.of("SAGEMAKER_TRITON_INFERENCE_TYPE", "x"), "SAGEMAKER_TRITON_INFERENCE_TYPE in the environment:"
                + " got 'x' (expected one of infer, generate, generate_stream)", "--allow-sagemaker");
    }

    @Test
    void read_platformAlone_needsNoOtherPort() throws UsageException {
        assertThat(read(Map.of(), "--allow-http=0", "--allow-grpc=0", "--allow-sagemaker").sageMaker()).isPresent();
    }

    @Test
    void read_samePorts_areRefusedInTritonsWords() {
        refused(Map.of(),
                "The server cannot listen to HTTP requests and SageMaker requests at the same address and port"
                        + " 0.0.0.0:8080",
                "--http-port=8080", "--allow-sagemaker");
        refused(Map.of(),
                "The server cannot listen to SageMaker requests and Vertex AI requests at the same address and"
                        + " port 0.0.0.0:8080",
                "--allow-vertex-ai", "--allow-sagemaker");
    }

    @Test
    void read_portsThatSageMakerDoesNotAllow_areRefusedButItsOwn() throws UsageException {
        String[] flags = {"--sagemaker-safe-port-range=8000-8002", "--allow-sagemaker"};
        assertThat(read(Map.of(), flags).sageMaker()).map(SageMakerConfig::port).contains(8080);
        refused(Map.of(), "The server cannot listen to HTTP requests at port 9000, allowed port range is [8000, 8002];"
                + " choose another --http-port", "--http-port=9000", flags[0]);
        refused(Map.of(), "The server cannot listen to Vertex AI requests at port 8080, allowed", "--allow-vertex-ai",
                flags[0]);
    }

    @ParameterizedTest
    @CsvSource({"30000", "30005-30000", "x-y", "1-70000", "-5", "1-2-3", "''"})
    void read_rangeThatIsNone_saysWhatIsExpected(String range) {
        refused(Map.of(), "--sagemaker-safe-port-range: got '" + range + "' (expected FIRST-LAST, two ports)",
                "--sagemaker-safe-port-range=" + range);
    }
}
