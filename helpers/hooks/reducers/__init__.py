"""Statistics of how units respond to images, kept while the images go by: one object a statistic (a reducer).

    found = one_pass(loaded, images, ["relu4_3", "relu5_3"], {"strongest": Extremes(100), "moments": Moments()})
    found.of("strongest", "relu5_3").found().number[17]  # the images that excite this unit most, the strongest first

The *response* of a unit to an image is its largest activation over the positions of its layer (or the mean over them,
where that is asked for): one float32 number. All statistics are of responses. They are kept for all units of all
layers at once, take memory that does not grow with the number of images, and do not depend on the order of the images:
two runs over parts of a list merge to the same bits as one run over the whole.

A reducer has ``add`` (the responses to some images), ``merge`` (another one's, of other images), and ``state`` and
``restore`` (plain tensors).
"""
