"""The data of the unit explorer: for each network a folder of scripts and sheets of pictures, which a page can load.

| module | what it does |
| --- | --- |
| ``layers``, ``wiring`` | which layers have units, and which units a unit reads |
| ``looking`` | the one expensive pass: the response of every unit to every image |
| ``climbing``, ``staged`` | optimised images: climbed here, or those of a stage |
| ``distributions``, ``likeness`` | strongest images, ranges, histograms, nearest units |
| ``sheets``, ``patches``, ``kernels`` | pictures, many units to a file |
| ``columns``, ``naming``, ``classes`` | measures of the book's pages, claims that name a unit, classes in words |
| ``scripts``, ``folder``, ``bound`` | the files: of a layer, of a network, of all networks |
| ``making``, ``networks``, ``steps`` | the networks of the book, as the build calls it |
| ``own`` | ``make explorer``: a reader's own network |
"""
