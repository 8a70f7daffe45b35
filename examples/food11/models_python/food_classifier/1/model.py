"""Names the food on photographs."""

import base64
import io
import os

import numpy as np
import torch
import triton_python_backend_utils as pb_utils
from PIL import Image
from torchvision import transforms

LABELS = np.array(
    [
        "Bread",
        "Dairy product",
        "Dessert",
        "Egg",
        "Fried food",
        "Meat",
        "Noodles/Pasta",
        "Rice",
        "Seafood",
        "Soup",
        "Vegetable/Fruit",
    ],
    dtype=object,
)
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


class TritonPythonModel:
    def initialize(self, args):
        self.device = device_of(args)
        path = os.path.join(os.path.dirname(__file__), "food11.pth")
        self.model = torch.load(path, map_location=self.device, weights_only=False).eval()
        self.transform = transforms.Compose(
            [
                transforms.Resize((224, 224)),
                transforms.ToTensor(),
                transforms.Normalize(IMAGENET_MEAN, IMAGENET_DEVIATION),
            ]
        )

    def execute(self, requests):
        """All rows of all requests as one tensor; the answers are cut up again, a part for each request."""
        photographs = [pb_utils.get_input_tensor_by_name(request, "INPUT_IMAGE").as_numpy() for request in requests]
        rows = [self.tensor_of(text) for array in photographs for text in array[:, 0]]
        with torch.no_grad():
            logits = self.model(torch.stack(rows).to(self.device)).cpu()
        ends = np.cumsum([len(array) for array in photographs])
        return [respond(part) for part in np.split(logits.numpy(), ends[:-1])]

    def tensor_of(self, text):
        with Image.open(io.BytesIO(base64.b64decode(text))) as image:
            return self.transform(image.convert("RGB"))


def device_of(args):
    """The device that the server gives this process."""
    if args["model_instance_kind"] != "GPU":
        return torch.device("cpu")
    torch.cuda.set_device(int(args["model_instance_device_id"]))
    return torch.device("cuda", int(args["model_instance_device_id"]))


def respond(logits):
    """FOOD_LABEL and PROBABILITY of one request's rows, both [rows, 1]."""
    best = logits.argmax(axis=1)
    probability = 1 / (1 + np.exp(-logits.max(axis=1, keepdims=True)))
    return pb_utils.InferenceResponse(
        [
            pb_utils.Tensor("FOOD_LABEL", LABELS[best].reshape(-1, 1)),
            pb_utils.Tensor("PROBABILITY", probability.astype(np.float32)),
        ]
    )
