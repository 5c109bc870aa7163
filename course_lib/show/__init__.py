"""Everything visible: pictures, the 3D viewer, sliders, the live simulation. The physics is in the other packages."""
