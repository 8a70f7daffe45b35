package io.nereid.server.cache;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CacheFlagsTest {
    private static CacheConfig read(String... settings) throws UsageException {
        Map<Flag<?>, List<String>> given = new LinkedHashMap<>();
        if (settings.length > 0) {
            given.put(CacheFlags.CACHE_CONFIG, List.of(settings));
        }
        return CacheFlags.read(FlagValues.of(given));
    }

    @Test
    void read_nothing_isNoCache() throws Exception {
        assertThat(read()).isEqualTo(CacheConfig.OFF);
    }

    @Test
    void read_local_hasItsSize() throws Exception {
        assertThat(read("local,size=1048576")).isEqualTo(new CacheConfig.Local(1048576, false));
        assertThat(read("local,size=1", "local,coalesce=true")).isEqualTo(new CacheConfig.Local(1, true));
    }

    @Test
    void read_redis_hasItsDefaults() throws Exception {
        assertThat(read("redis,host=cache", "redis,port=6379"))
                .isEqualTo(new CacheConfig.Redis("cache", 6379, "", "", 0,
                        Duration.ofSeconds(1), Duration.ofSeconds(1), 1, Duration.ofSeconds(1), false, false));
        assertThat(read("redis,host=h", "redis,port=1", "redis,user=u", "redis,password=p=,q", "redis,db=3",
                "redis,connect_timeout=5", "redis,socket_timeout=6", "redis,pool_size=7", "redis,wait_timeout=8",
                "redis,tls_enabled=true", "redis,coalesce=1"))
                .isEqualTo(new CacheConfig.Redis("h", 1, "u", "p=,q", 3, Duration.ofMillis(5), Duration.ofMillis(6), 7,
                        Duration.ofMillis(8), true, true))
                .asString().doesNotContain("p=,q");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            local,coalesce=true                    | didn't contain a valid 'size' field
            local,size=0                           | got '0' (expected a whole number, 1 or more)
            local,size=much                        | got 'much'
            local,size=5;local,colour=red          | local,colour: unknown setting (expected one of coalesce, size)
            local,size=5;local,coalesce=perhaps    | expected true or false
            redis,host=h                           | Must at a minimum specify 'host' and 'port'
            redis,host=h;redis,port=99999          | got '99999'
            tape,size=5                            | unable to find a cache 'tape' (expected local or redis)
            local,size=5;redis,host=h              | only a single cache is currently supported
            """)
    void read_whatMakesNoSense_saysWhatIsExpected(String settings, String expected) {
        assertThatThrownBy(() -> read(settings.split(";"))).isInstanceOf(UsageException.class)
                .hasMessageContaining(expected);
    }

    @Test
    void read_oldFlag_isALocalCacheOfThatSize() throws Exception {
        assertThat(CacheFlags.read(FlagValues.of(Map.of(CacheFlags.RESPONSE_CACHE_BYTE_SIZE, List.of("4096")))))
                .isEqualTo(new CacheConfig.Local(4096, false));
        assertThatThrownBy(() -> CacheFlags.read(FlagValues.of(Map.of(CacheFlags.RESPONSE_CACHE_BYTE_SIZE,
                List.of("4096"), CacheFlags.CACHE_CONFIG, List.of("local,size=1")))))
                .hasMessage("Error: Incompatible flags --response-cache-byte-size and --cache-config both provided."
                        + " Please provide one or the other.");
    }
}
