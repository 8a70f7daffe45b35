package io.nereid.modelrepo.config;

import io.nereid.modelrepo.config.proto.ModelConfigProto;

import java.util.List;

/** Makes generated messages out of the records that a configuration can be completed with. */
@SuppressWarnings("EnumOrdinal") // our enums are declared in the order of the schema's numbers
final class ModelConfigMessages {

    private ModelConfigMessages() {}

    static ModelConfigProto.ModelInput input(ModelInput input) {
        ModelConfigProto.ModelInput.Builder message = ModelConfigProto.ModelInput.newBuilder().setName(input.name())
                .setDataTypeValue(input.dataType().number()).setFormatValue(input.format().ordinal())
                .addAllDims(input.dims()).setIsShapeTensor(input.shapeTensor())
                .setAllowRaggedBatch(input.allowRaggedBatch()).setOptional(input.optional())
                .setIsNonLinearFormatIo(input.nonLinearFormatIo());
        input.reshape().ifPresent(shape -> message.setReshape(reshape(shape)));
        return message.build();
    }

    static ModelConfigProto.ModelOutput output(ModelOutput output) {
        ModelConfigProto.ModelOutput.Builder message = ModelConfigProto.ModelOutput.newBuilder().setName(output.name())
                .setDataTypeValue(output.dataType().number()).addAllDims(output.dims())
                .setLabelFilename(output.labelFilename()).setIsShapeTensor(output.shapeTensor())
                .setIsNonLinearFormatIo(output.nonLinearFormatIo());
        output.reshape().ifPresent(shape -> message.setReshape(reshape(shape)));
        return message.build();
    }

    private static ModelConfigProto.ModelTensorReshape reshape(List<Long> shape) {
        return ModelConfigProto.ModelTensorReshape.newBuilder().addAllShape(shape).build();
    }

    static ModelConfigProto.ModelInstanceGroup instanceGroup(InstanceGroupConfig group) {
        ModelConfigProto.ModelInstanceGroup.Builder message = ModelConfigProto.ModelInstanceGroup.newBuilder()
                .setName(group.name()).setKindValue(group.kind().ordinal()).setCount(group.count())
                .addAllGpus(group.gpus()).addAllProfile(group.profiles()).setPassive(group.passive())
                .setHostPolicy(group.hostPolicy());
        for (InstanceGroupConfig.SecondaryDevice device : group.secondaryDevices()) {
            message.addSecondaryDevices(ModelConfigProto.ModelInstanceGroup.SecondaryDevice.newBuilder()
                    .setDeviceId(device.deviceId()));
        }
        group.rateLimiter().ifPresent(limiter -> message.setRateLimiter(rateLimiter(limiter)));
        return message.build();
    }

    private static ModelConfigProto.ModelRateLimiter rateLimiter(RateLimiterConfig limiter) {
        ModelConfigProto.ModelRateLimiter.Builder message = ModelConfigProto.ModelRateLimiter.newBuilder()
                .setPriority((int) limiter.priority());
        for (RateLimiterConfig.Resource resource : limiter.resources()) {
            message.addResources(ModelConfigProto.ModelRateLimiter.Resource.newBuilder().setName(resource.name())
                    .setGlobal(resource.global()).setCount((int) resource.count()));
        }
        return message.build();
    }
}
