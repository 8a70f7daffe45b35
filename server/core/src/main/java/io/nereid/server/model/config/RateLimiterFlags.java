package io.nereid.server.model.config;

import io.nereid.scheduler.instance.ResourceLimit;
import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The flags of the rate limiter. Makes the {@link RateLimits} of them. */
public final class RateLimiterFlags {
    private static final Pattern RESOURCE_FORM = Pattern
            .compile("(?<name>[^:]+):(?<count>\\d{1,18})(:(?<device>\\d{1,9}))?");
    private static final ValueType<ResourceLimit> RESOURCE = new ValueType<>("<name>:<count>[:<device>]",
            "NAME:COUNT or NAME:COUNT:DEVICE, both whole numbers", RateLimiterFlags::resourceLimit);

    public static final Flag<String> RATE_LIMIT = Flag.of(FlagGroup.RATE_LIMITER, "rate-limit",
            ValueType.choice("off", "execution_count"), "off",
            "Whether instances take resources while they execute, and those that have executed least come first.");
    public static final Flag<ResourceLimit> RATE_LIMIT_RESOURCE = Flag.of(FlagGroup.RATE_LIMITER, "rate-limit-resource",
            RESOURCE, "",
            "How much there is of a resource, on one device or on each. By default as much as the instance that takes"
                    + " the most of it. Only with --rate-limit=execution_count.")
            .repeated();

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(RATE_LIMIT, RATE_LIMIT_RESOURCE);

    private RateLimiterFlags() {}

    /** The limits that the flags give. */
    public static RateLimits read(FlagValues flags) throws UsageException {
        RateLimits.Mode mode = flags.get(RATE_LIMIT).equals("execution_count") ? RateLimits.Mode.EXECUTION_COUNT
                : RateLimits.Mode.OFF;
        return new RateLimits(mode, flags.all(RATE_LIMIT_RESOURCE));
    }

    private static @Nullable ResourceLimit resourceLimit(String text) {
        Matcher form = RESOURCE_FORM.matcher(text);
        if (!form.matches()) {
            return null;
        }
        String device = form.group("device");
        return new ResourceLimit(form.group("name"), Long.parseLong(form.group("count")),
                device == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(device)));
    }
}
