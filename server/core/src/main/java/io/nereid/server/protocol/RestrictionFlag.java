package io.nereid.server.protocol;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A flag that restricts APIs of a protocol: {@code <api,...>:<key>=<value>}, which may be given several times.
 *
 * @param flag its declaration
 * @param kind Triton's word for what it restricts
 * @param prefix what stands before the key in the name of the header
 */
public record RestrictionFlag(Flag<String> flag, String kind, String prefix) {
    private static final String FORM = "<api,...>:<key>=<value>";
    private static final ValueType<String> TYPE = ValueType.matching(FORM, FORM, "[^:]+:[^=]+=.+").secret();

    /** One of that name. */
    public static RestrictionFlag of(FlagGroup group, String name, String kind, String prefix, String doc) {
        return new RestrictionFlag(Flag.of(group, name, TYPE, "", doc).repeated(), kind, prefix);
    }

    /**
     * All values of the flag together.
     *
     * @throws UsageException where an API does not exist or is in two groups
     */
    public Restrictions read(FlagValues flags) throws UsageException {
        Map<ApiCategory, Restrictions.Requirement> requirements = new EnumMap<>(ApiCategory.class);
        for (String value : flags.all(flag)) {
            int colon = value.indexOf(':');
            int equals = value.indexOf('=', colon);
            Restrictions.Requirement requirement = new Restrictions.Requirement(
                    prefix + value.substring(colon + 1, equals), value.substring(equals + 1));
            for (String api : value.substring(0, colon).split(",", -1)) {
                if (requirements.put(category(api), requirement) != null) {
                    throw new UsageException("--%s: restricted %s '%s' can not be specified in multiple config groups;"
                            .formatted(flag.name(), kind, api) + " name it once");
                }
            }
        }
        return new Restrictions(requirements);
    }

    private ApiCategory category(String api) throws UsageException {
        return ApiCategory.named(api)
                .orElseThrow(() -> new UsageException("--%s: unknown restricted %s '%s' (expected one of %s)"
                        .formatted(flag.name(), kind, api,
                                Arrays.stream(ApiCategory.values()).map(ApiCategory::flagName)
                                        .collect(Collectors.joining(", ")))));
    }
}
