package io.nereid.server.metrics;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.backend.GpuMemory;
import io.nereid.backend.device.Nvml;
import io.nereid.server.DecoupledModels;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.cache.CacheConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.model.config.LatencySettings;
import io.nereid.server.model.control.TestRepository;
import io.nereid.server.ondemand.OnDemandCounts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

/** The names that the server has, and those that are written down elsewhere. */
class MetricNamesTest {
    private static final Path ROOT = Path.of("../..");
    private static final Pattern NAME = Pattern.compile("\\b(nv|nereid)_[a-z0-9_]+");
    private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\S+)$");
    private static final Map<String, String> OF_TRITON = Map.ofEntries(
            Map.entry("nv_inference_request_success", "counter"),
            Map.entry("nv_inference_request_failure", "counter"), Map.entry("nv_inference_count", "counter"),
            Map.entry("nv_inference_exec_count", "counter"),
            Map.entry("nv_inference_request_duration_us", "counter"),
            Map.entry("nv_inference_queue_duration_us", "counter"),
            Map.entry("nv_inference_compute_input_duration_us", "counter"),
            Map.entry("nv_inference_compute_infer_duration_us", "counter"),
            Map.entry("nv_inference_compute_output_duration_us", "counter"),
            Map.entry("nv_inference_request_summary_us", "summary"),
            Map.entry("nv_inference_queue_summary_us", "summary"),
            Map.entry("nv_inference_compute_input_summary_us", "summary"),
            Map.entry("nv_inference_compute_infer_summary_us", "summary"),
            Map.entry("nv_inference_compute_output_summary_us", "summary"),
            Map.entry("nv_inference_first_response_histogram_ms", "histogram"),
            Map.entry("nv_inference_pending_request_count", "gauge"), Map.entry("nv_model_load_duration_secs", "gauge"),
            Map.entry("nv_pinned_memory_pool_total_bytes", "gauge"),
            Map.entry("nv_pinned_memory_pool_used_bytes", "gauge"), Map.entry("nv_cpu_utilization", "gauge"),
            Map.entry("nv_cpu_memory_total_bytes", "gauge"), Map.entry("nv_cpu_memory_used_bytes", "gauge"),
            Map.entry("nv_gpu_utilization", "gauge"), Map.entry("nv_gpu_memory_total_bytes", "gauge"),
            Map.entry("nv_gpu_memory_used_bytes", "gauge"), Map.entry("nv_gpu_power_usage", "gauge"),
            Map.entry("nv_gpu_power_limit", "gauge"), Map.entry("nv_energy_consumption", "counter"),
            Map.entry("nv_cache_num_hits_per_model", "counter"), Map.entry("nv_cache_num_misses_per_model", "counter"),
            Map.entry("nv_cache_hit_duration_per_model", "counter"),
            Map.entry("nv_cache_miss_duration_per_model", "counter"), Map.entry("nv_cache_util", "gauge"),
            Map.entry("nv_cache_num_entries", "gauge"), Map.entry("nv_cache_num_lookups", "gauge"),
            Map.entry("nv_cache_num_hits", "gauge"), Map.entry("nv_cache_num_misses", "gauge"),
            Map.entry("nv_cache_num_evictions", "gauge"), Map.entry("nv_cache_lookup_duration", "gauge"),
            Map.entry("nv_cache_insertion_duration", "gauge"));
    @TempDir
    private Path folder;

    @Test
    void families_ofTriton_haveItsNamesAndTypes() throws Exception {
        Map<String, String> families = families();
        assertThat(families.entrySet().stream().filter(family -> family.getKey().startsWith("nv_"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))).isEqualTo(OF_TRITON);
    }

    @Test
    void families_ofOurOwn_haveAPrefixAndCountersEndInTotal() throws Exception {
        families().forEach((name, type) -> {
            assertThat(name).matches("(nv|nereid)_[a-z0-9_]+");
            assertThat(name.startsWith("nereid_") && type.equals("counter")).as(name)
                    .isEqualTo(name.startsWith("nereid_") && name.endsWith("_total"));
        });
    }

    @Test
    void dashboardAlertsAndScaling_useNamesThatTheServerHas() throws Exception {
        Set<String> samples = samples(families());
        for (String file : List.of("deploy/grafana/nereid.json", "deploy/prometheus/alerts.yaml")) {
            assertThat(names(file)).as(file).hasSizeGreaterThan(10).isSubsetOf(samples);
        }
        for (String file : List.of("deploy/helm/nereid/templates/hpa.yaml",
                "deploy/helm/nereid/templates/scaledobject.yaml",
                "docs/scaling.md")) {
            assertThat(names(file)).as(file).isNotEmpty().isSubsetOf(samples);
        }
    }

    @Test
    void dashboard_isJson() throws Exception {
        assertThat(new ObjectMapper().readTree(ROOT.resolve("deploy/grafana/nereid.json").toFile()).get("panels"))
                .hasSizeGreaterThan(20);
    }

    @Test
    void documentation_namesEveryFamilyAndNoOther() throws Exception {
        assertThat(names("docs/metrics.md")).isEqualTo(families().keySet());
    }

    private static Set<String> names(String file) throws Exception {
        Set<String> names = new TreeSet<>();
        Matcher matcher = NAME.matcher(Files.readString(ROOT.resolve(file)));
        while (matcher.find()) {
            names.add(matcher.group());
        }
        return names;
    }

    /** The names that samples of these families have. */
    private static Set<String> samples(Map<String, String> families) {
        Set<String> samples = new TreeSet<>();
        families.forEach((name, type) -> {
            if (!type.equals("histogram")) {
                samples.add(name);
            }
            if (type.equals("histogram") || type.equals("summary")) {
                samples.addAll(List.of(name + "_bucket", name + "_sum", name + "_count"));
            }
        });
        return samples;
    }

    /** All that a server has with everything switched on, on a machine with a GPU. */
    private Map<String, String> families() {
        Nvml.Reading reading = new Nvml.Reading(OptionalDouble.of(1), OptionalLong.of(1), OptionalLong.of(1),
                OptionalDouble.of(1), OptionalDouble.of(1), OptionalDouble.of(1));
        MetricsText gpus = new MetricsText();
        new GpuMetrics(() -> Map.of("GPU-1", reading), () -> 0, Duration.ofSeconds(1)).write(gpus);
        ModelMetrics.writeGpuMemory(gpus, List.of(), List.of(new GpuMemory("m", 1, 0, 1)), Integer::toString);
        OnDemandMetrics.write(gpus, new OnDemandCounts(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), Map.of("m", 1L));
        Matcher types = TYPE.matcher(serverText() + gpus);
        Map<String, String> families = new TreeMap<>();
        while (types.find()) {
            assertThat(families.put(types.group(1), types.group(2))).as(types.group(1) + " comes once").isNull();
        }
        return families;
    }

    private String serverText() {
        TestRepository repository = new TestRepository(folder)
                .withIdentity("m", "TYPE_INT32", "-1", "response_cache { enable: true }"
                        + " parameters { key: \"alias.a\" value { string_value: \"1\" } }")
                .withModel("stream", DecoupledModels.SQUARE);
        MetricsConfig metrics = MetricsConfig.OFF
                .withLatencies(new LatencySettings(true, true, true, true, List.of(0.5)));
        try (ModelServer server = ModelServer.start(ServerConfig.of(repository.root()).withMetrics(metrics)
                .withCache(new CacheConfig.Local(1 << 20, false))
                .withHttp(HttpConfig.DEFAULT.withEnabled(false)).withGrpc(GrpcConfig.DEFAULT.withEnabled(false)))) {
            server.inference().request("m").input("IN", new int[]{1}, 1, 1).infer().close();
            return server.metrics();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
