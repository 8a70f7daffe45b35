package io.nereid.modelrepo.config;

/** Writes the records that a configuration can be completed with into its tree. */
@SuppressWarnings("EnumOrdinal") // our enums are declared in the order of the schema's numbers
final class ModelConfigNodes {

    private ModelConfigNodes() {}

    static MessageNode input(MessageNode node, ModelInput input) {
        tensor(node, input);
        return node.set("format", (long) input.format().ordinal()).set("allow_ragged_batch", input.allowRaggedBatch())
                .set("optional", input.optional());
    }

    static MessageNode output(MessageNode node, ModelOutput output) {
        tensor(node, output);
        return node.set("label_filename", output.labelFilename());
    }

    private static void tensor(MessageNode node, TensorConfig tensor) {
        node.set("name", tensor.name()).set("data_type", (long) tensor.dataType().number())
                .addAll("dims", tensor.dims()).set("is_shape_tensor", tensor.shapeTensor())
                .set("is_non_linear_format_io", tensor.nonLinearFormatIo());
        tensor.reshape().ifPresent(shape -> node.obtain("reshape").addAll("shape", shape));
    }

    static MessageNode instanceGroup(MessageNode node, InstanceGroupConfig group) {
        node.set("name", group.name()).set("kind", (long) group.kind().ordinal()).set("count", (long) group.count())
                .addAll("gpus", group.gpus()).addAll("profile", group.profiles()).set("passive", group.passive())
                .set("host_policy", group.hostPolicy());
        for (InstanceGroupConfig.SecondaryDevice device : group.secondaryDevices()) {
            node.add("secondary_devices", node.create("secondary_devices").set("device_id", device.deviceId()));
        }
        group.rateLimiter().ifPresent(limiter -> rateLimiter(node.obtain("rate_limiter"), limiter));
        return node;
    }

    private static void rateLimiter(MessageNode node, RateLimiterConfig limiter) {
        node.set("priority", limiter.priority());
        for (RateLimiterConfig.Resource resource : limiter.resources()) {
            node.add("resources", node.create("resources").set("name", resource.name())
                    .set("global", resource.global()).set("count", resource.count()));
        }
    }
}
