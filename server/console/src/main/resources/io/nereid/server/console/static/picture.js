/** Pictures for tensors: where the channels are, and the numbers of the pixels. */

const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/** How a grey level of 0 to 255 becomes an element. */
export const SCALES = [
  { id: "unit", title: "0 to 1", scale: (level) => level / 255 },
  {
    id: "imagenet",
    title: "ImageNet's mean and deviation",
    scale: (level, channel) => (level / 255 - MEAN[channel]) / DEVIATION[channel],
  },
  { id: "symmetric", title: "-1 to 1", scale: (level) => level / 127.5 - 1 },
  { id: "levels", title: "0 to 255", scale: (level) => level },
];

/** `{height, width, channels, first}` of a shape that a picture fits, `first` if the channels come before the rows; else null. */
export function layoutOf(shape) {
  const [a, b, c] = shape.slice(-3);
  const single = shape.slice(0, -3).every((size) => size === 1 || size === -1);
  if (shape.length < 3 || shape.length > 4 || !single) {
    return null;
  }
  if (isChannels(a) && isSide(b) && isSide(c)) {
    return { channels: a, height: b, width: c, first: true };
  }
  return isChannels(c) && isSide(a) && isSide(b) ? { channels: c, height: a, width: b, first: false } : null;
}

function isChannels(size) {
  return size === 1 || size === 3;
}

function isSide(size) {
  return size === -1 || size >= 8;
}

/** The picture in a file, stretched to the layout's size, as numbers in the order of the tensor. */
export async function pixels(file, { channels, height, width, first }, scale) {
  const levels = await levelsOf(file, width, height);
  const numbers = new Float32Array(channels * height * width);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const at = first ? channel * height * width + pixel : pixel * channels + channel;
      numbers[at] = scale(channels === 1 ? grey(levels, pixel) : levels[pixel * 4 + channel], channel);
    }
  }
  return numbers;
}

async function levelsOf(file, width, height) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`got ${file.name} (expected a picture that this browser can read, as JPEG, PNG or WebP)`);
  }
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height).data;
}

function grey(levels, pixel) {
  return 0.299 * levels[pixel * 4] + 0.587 * levels[pixel * 4 + 1] + 0.114 * levels[pixel * 4 + 2];
}
