package io.nereid.bench.load.device;

import io.nereid.perf.client.Latencies;
import io.nereid.perf.request.MemoryRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DeviceOptionsTest {
    @TempDir
    private Path folder;

    @Test
    void served_onePort_tellsTheProtocol() {
        ServedOptions options = ServedOptions.parse("--grpc-port=7", "--model=m", "--dims=2,3", "--batch=1,8");
        assertThat(options.what()).isEqualTo("grpc");
        assertThat(options.port()).isEqualTo(7);
        assertThat(options.request(8).shape()).containsExactly(8L, 2L, 3L);
        assertThat(options.request(8).inputBytes()).isEqualTo(192);
    }

    @Test
    void served_regions_areDividedAmongTheClients() {
        ServedOptions options = ServedOptions.parse("--http-port=7", "--model=m", "--dims=4", "--input-region=in",
                "--output-region=out");
        ServedOptions.Regions regions = options.regions().orElseThrow();
        assertThat(options.what()).isEqualTo("http-shm");
        assertThat(regions.inputOf(options.request(2))).isEqualTo(new MemoryRange("in", 0, 32));
        assertThat(regions.outputOf(3, 40)).isEqualTo(new MemoryRange("out", 120, 40));
    }

    @Test
    void served_wrongCommands_sayWhatWasExpected() {
        assertThatThrownBy(() -> ServedOptions.parse("--model=m")).hasMessageContaining("got no port");
        assertThatThrownBy(() -> ServedOptions.parse("--model=m", "--http-port=1", "--grpc-port=2"))
                .hasMessageContaining("got two ports");
        assertThatThrownBy(() -> ServedOptions.parse("--http-port=1")).hasMessageContaining("--model");
        assertThatThrownBy(() -> ServedOptions.parse("--http-port=1", "--model=m", "--input-region=r"))
                .hasMessageContaining("got one region");
    }

    @Test
    void bare_gpu_hasTheProvidersSettings() throws Exception {
        Path model = Files.createFile(folder.resolve("m.onnx"));
        assertThat(BareOptions.parse("--file=" + model).cuda()).isEmpty();
        assertThat(BareOptions.parse("--file=" + model, "--device=gpu", "--cuda=a=1,b=2").cuda())
                .contains(Map.of("device_id", "0", "a", "1", "b", "2"));
        assertThat(BareOptions.parse("--file=" + model, "--device=gpu").bound()).isTrue();
        assertThat(BareOptions.parse("--file=" + model, "--memory=host").bound()).isFalse();
    }

    @Test
    void bare_wrongCommands_sayWhatWasExpected() throws Exception {
        Path model = Files.createFile(folder.resolve("m.onnx"));
        assertThatThrownBy(() -> BareOptions.parse("--file=/not/there")).hasMessageContaining("expected an ONNX model");
        assertThatThrownBy(() -> BareOptions.parse("--file=" + model, "--device=tpu"))
                .hasMessageContaining("expected cpu or gpu");
        assertThatThrownBy(() -> BareOptions.parse("--file=" + model, "--memory=unified"))
                .hasMessageContaining("expected bound or host");
        assertThatThrownBy(() -> BareOptions.parse("--file=" + model, "--device=gpu", "--cuda=a"))
                .hasMessageContaining("expected key=value");
    }

    @Test
    void toJson_measurement_isALineWithRowsAndMilliseconds() {
        DeviceMeasurement measurement = new DeviceMeasurement("http", 8, 64, 100,
                Latencies.of(LongStream.of(1_000_000, 3_000_000)));
        assertThat(measurement.toJson()).isEqualTo("{\"what\":\"http\",\"batch\":8,\"concurrency\":64,"
                + "\"requests_per_second\":100.000,\"rows_per_second\":800.000,\"p50_ms\":1.000,\"p99_ms\":3.000}\n");
    }
}
