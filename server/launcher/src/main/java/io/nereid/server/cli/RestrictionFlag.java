package io.nereid.server.cli;

import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads {@code <api,...>:<key>=<value>}, which may be given several times. */
final class RestrictionFlag {
    private RestrictionFlag() {}

    /**
     * All values of the flag together.
     *
     * @param prefix what stands before the key in the name of the header
     * @throws UsageException where an API does not exist or is in two groups
     */
    static Restrictions read(FlagValues flags, Flag<String> flag, String prefix) throws UsageException {
        Map<ApiCategory, Restrictions.Requirement> requirements = new EnumMap<>(ApiCategory.class);
        for (String value : flags.all(flag)) {
            int colon = value.indexOf(':');
            int equals = value.indexOf('=', colon);
            Restrictions.Requirement requirement = new Restrictions.Requirement(
                    prefix + value.substring(colon + 1, equals), value.substring(equals + 1));
            for (String api : value.substring(0, colon).split(",", -1)) {
                if (requirements.put(category(flag, api), requirement) != null) {
                    throw new UsageException("--%s: restricted %s '%s' can not be specified in multiple config groups;"
                            .formatted(flag.name(), kind(flag), api) + " name it once");
                }
            }
        }
        return new Restrictions(requirements);
    }

    private static ApiCategory category(Flag<String> flag, String api) throws UsageException {
        return ApiCategory.named(api)
                .orElseThrow(() -> new UsageException("--%s: unknown restricted %s '%s' (expected one of %s)"
                        .formatted(flag.name(), kind(flag), api,
                                Arrays.stream(ApiCategory.values()).map(ApiCategory::flagName)
                                        .collect(Collectors.joining(", ")))));
    }

    /** Triton's word for what the flag restricts. */
    private static String kind(Flag<String> flag) {
        return flag.equals(Flags.HTTP_RESTRICTED_API) ? "api" : "protocol";
    }
}
