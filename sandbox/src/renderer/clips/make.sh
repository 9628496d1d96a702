#!/bin/sh
# Makes the clips of this folder: one for each resolution and duration of `image-to-video`, in 2:3.
# They are kept in the tree; run this again only to change what they show. Needs ffmpeg with libx264.
set -eu
cd "$(dirname "$0")"
for size in 480x720 720x1080 1080x1620; do
  width=${size%x*}
  for seconds in 5 10; do
    words="SANDBOX|image-to-video|${width}p, $seconds s|not generated"
    filters=""
    line=0
    IFS='|'
    for text in $words; do
      filters="$filters drawtext=font=monospace:text='$text':fontcolor=white:fontsize=w/16:x=(w-tw)/2:y=h*(0.3+0.08*$line),"
      line=$((line + 1))
    done
    unset IFS
    # A bar crosses the picture once over the clip, so that a player is seen to move.
    ffmpeg -v error -y -f lavfi -i "color=c=0x40566b:s=$size:r=24:d=$seconds" \
      -f lavfi -i "color=c=0xe8c15a:s=$((width / 5))x$((width / 20)):r=24:d=$seconds" \
      -filter_complex "[0]$filters null[words];[words][1]overlay=x='(W-w)*t/$seconds':y=H*0.8,format=yuv420p" \
      -c:v libx264 -preset veryslow -crf 26 -profile:v high -color_primaries bt709 -color_trc bt709 -colorspace bt709 \
      -bsf:v filter_units=remove_types=6 -fflags +bitexact -map_metadata -1 -movflags +faststart \
      "${width}p-${seconds}s.mp4"
  done
done
