package io.nereid.server.cache;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;
import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The flags of the response cache. Makes the {@link CacheConfig} of them. */
public final class CacheFlags {
    private static final Pattern FORM = Pattern.compile("(?<cache>[^,=]+),(?<key>[^=]+)=(?<value>.*)", Pattern.DOTALL);

    public static final Flag<Setting> CACHE_CONFIG = Flag.of(FlagGroup.CACHE, "cache-config",
            new ValueType<>("<cache>,<key>=<value>", "CACHE,KEY=VALUE", CacheFlags::setting).secret(), "",
            "A setting of the response cache: local,size=<bytes> keeps answers in this process, redis,host=<host> and"
                    + " redis,port=<port> in a Redis; <cache>,coalesce=true has equal requests wait for the first of"
                    + " them. Models use it by response_cache { enable: true }.")
            .repeated();
    public static final Flag<Long> RESPONSE_CACHE_BYTE_SIZE = Flag.of(FlagGroup.CACHE, "response-cache-byte-size",
            ValueType.number(0, Long.MAX_VALUE), "0", "Deprecated: the same as --cache-config=local,size=<bytes>.");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(CACHE_CONFIG, RESPONSE_CACHE_BYTE_SIZE);

    /**
     * One setting of one cache.
     *
     * @param cache {@code local} or {@code redis}
     */
    public record Setting(String cache, String key, String value) {}

    private CacheFlags() {}

    private static @Nullable Setting setting(String text) {
        Matcher form = FORM.matcher(text);
        return form.matches() ? new Setting(form.group("cache"), form.group("key"), form.group("value")) : null;
    }

    /** The cache that the flags ask for. */
    public static CacheConfig read(FlagValues flags) throws UsageException {
        List<Setting> settings = flags.all(CACHE_CONFIG);
        long byteSize = flags.get(RESPONSE_CACHE_BYTE_SIZE);
        if (!settings.isEmpty() && flags.isGiven(RESPONSE_CACHE_BYTE_SIZE)) {
            throw new UsageException("Error: Incompatible flags --response-cache-byte-size and --cache-config both"
                    + " provided. Please provide one or the other.");
        }
        if (settings.isEmpty()) {
            return byteSize == 0 ? CacheConfig.OFF : new CacheConfig.Local(byteSize, false);
        }
        String name = settings.getFirst().cache();
        Map<String, String> values = new LinkedHashMap<>();
        for (Setting setting : settings) {
            if (!setting.cache().equals(name)) {
                throw new UsageException("found multiple cache configurations, but only a single cache is currently"
                        + " supported: got " + name + " and " + setting.cache());
            }
            values.put(setting.key(), setting.value());
        }
        return read(name, new CacheSettings(name, values));
    }

    private static CacheConfig read(String name, CacheSettings settings) throws UsageException {
        CacheConfig config = switch (name) {
            case "local" -> new CacheConfig.Local(settings.number("size", 1, Long.MAX_VALUE,
                    "Failed to initialize LocalCache: config didn't contain a valid 'size' field."),
                    settings.flag("coalesce"));
            case "redis" -> redis(settings);
            default -> throw new UsageException("--cache-config: unable to find a cache '" + name
                    + "' (expected local or redis)");
        };
        settings.checkAllKnown();
        return config;
    }

    private static CacheConfig redis(CacheSettings settings) throws UsageException {
        String needed = "Failed to initialize RedisCache, didn't specify address. Must at a minimum specify 'host' and"
                + " 'port' in the configuration.";
        return new CacheConfig.Redis(settings.text("host", needed), (int) settings.number("port", 1, 65535, needed),
                settings.secret("user", "TRITONCACHE_REDIS_USERNAME"),
                settings.secret("password", "TRITONCACHE_REDIS_PASSWORD"), settings.integer("db", 0, 0),
                settings.millis("connect_timeout", 1000), settings.millis("socket_timeout", 1000),
                settings.integer("pool_size", 1, 1), settings.millis("wait_timeout", 1000),
                settings.flag("tls_enabled"), settings.flag("coalesce"));
    }
}
